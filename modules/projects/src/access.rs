//! Whose projects a reader sees.

use rapport_base::MemberId;
use rapport_web::Cx;

use crate::PROJECTS_READ_ALL;

/// What a reader sees: all projects, or those they are assigned to.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Every project of the workspace.
    pub all: bool,
    /// Who reads.
    pub member: MemberId,
}

impl Scope {
    /// The scope of a request.
    #[must_use]
    pub fn of(cx: &Cx) -> Self {
        Self { all: cx.may(PROJECTS_READ_ALL), member: cx.member.id }
    }
}

/// The condition that a project is in scope, for a statement with the scope's two
/// values as the parameters named: `in_scope!("p.id", "$3", "$4")`.
macro_rules! in_scope {
    ($project:literal, $all:literal, $member:literal) => {
        concat!(
            "(", $all, " or exists (select from projects.project_members as mine where mine.workspace_id = $1 and mine.project_id = ",
            $project, " and mine.member_id = ", $member, " and mine.left_at is null))"
        )
    };
}

pub(crate) use in_scope;
