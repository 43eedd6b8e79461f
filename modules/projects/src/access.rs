//! Whose projects a reader sees.

use rapport_base::MemberId;
use rapport_web::Cx;
use uuid::Uuid;

use crate::{DeliverableId, PROJECTS_READ_ALL, ProjectId, TaskId};

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

/// What names a project: the project itself, or something that belongs to it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Project(ProjectId),
    Task(TaskId),
    Deliverable(DeliverableId),
}

impl Place {
    /// Its own id, `$2` of a statement [`by_place`].
    pub fn id(self) -> Uuid {
        match self {
            Self::Project(id) => id.uuid(),
            Self::Task(id) => id.uuid(),
            Self::Deliverable(id) => id.uuid(),
        }
    }
}

impl From<ProjectId> for Place {
    fn from(id: ProjectId) -> Self {
        Self::Project(id)
    }
}

/// A statement about the project of a place, whose id goes between its two halves:
/// `by_place!(place, ["select … where p.id = "], [" order by …"])`.
macro_rules! by_place {
    ($place:expr, [$($before:tt)*], [$($after:tt)*]) => {
        match $place {
            $crate::access::Place::Project(_) => concat!($($before)*, "$2", $($after)*),
            $crate::access::Place::Task(_) => concat!(
                $($before)*,
                "(select project_id from projects.tasks where workspace_id = $1 and id = $2)",
                $($after)*
            ),
            $crate::access::Place::Deliverable(_) => concat!(
                $($before)*,
                "(select project_id from projects.deliverables where workspace_id = $1 and id = $2)",
                $($after)*
            ),
        }
    };
}

pub(crate) use by_place;

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
