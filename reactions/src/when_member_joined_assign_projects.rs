//! When someone joins by an invitation that names projects, they are put on them.

use identity::events::MemberJoined;
use projects::{MemberInput, MemberRole};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.member_joined_assign_projects", &["member.joined"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let joined: MemberJoined = event.read()?;
    for project in joined.project_ids {
        if projects::find(tx, project.into()).await?.is_some() {
            let place = MemberInput::new(joined.member_id, MemberRole::Contributor);
            projects::assign_in(tx, project.into(), &[place]).await?;
        }
    }
    Ok(())
}
