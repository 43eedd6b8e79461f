//! What the reactions look up, over published views.

use clients::ContactId;
use rapport_base::{MemberId, Result};
use rapport_db::{TenantTx, row};
use uuid::Uuid;

/// Active members who look after a client: its owner, and those on its projects under way.
pub(crate) async fn team_of_client(tx: &TenantTx, client: Uuid) -> Result<Vec<(MemberId,)>> {
    tx.query(
        "select member.id from identity.v_members as member
         where member.workspace_id = $1 and member.is_active and (
           exists (select 1 from clients.v_clients as client
             where client.workspace_id = $1 and client.id = $2 and client.owner_id = member.id)
           or exists (select 1 from projects.v_projects as project
             join projects.v_project_members as place
               on place.workspace_id = project.workspace_id and place.project_id = project.id
             where project.workspace_id = $1 and project.client_id = $2 and place.member_id = member.id
               and place.left_at is null and project.status in ('planning', 'active', 'on_hold')))
         order by member.id",
        &[&tx.workspace(), &client],
    )
    .await
}

/// Active members on a project, its leads first.
pub(crate) async fn team_of_project(tx: &TenantTx, project: Uuid) -> Result<Vec<(MemberId, String)>> {
    tx.query(
        "select place.member_id, place.role from projects.v_project_members as place
         join identity.v_members as member on member.workspace_id = place.workspace_id and member.id = place.member_id
         where place.workspace_id = $1 and place.project_id = $2 and place.left_at is null and member.is_active
         order by place.role <> 'lead', place.joined_at, place.member_id",
        &[&tx.workspace(), &project],
    )
    .await
}

row! {
    /// A client's person with a portal to come into.
    #[derive(Clone, Debug)]
    pub(crate) struct GuestRow {
        pub contact_id: ContactId,
        pub name: String,
        pub email: String,
        pub portal_id: Uuid,
    }
}

/// Guests of a portal who may be written to.
pub(crate) async fn guests_of_portal(tx: &TenantTx, portal: Uuid) -> Result<Vec<GuestRow>> {
    tx.query(
        "select guest.contact_id, contact.name, contact.email, guest.portal_id
         from portal.v_guests as guest
         join clients.v_contacts as contact on contact.workspace_id = guest.workspace_id and contact.id = guest.contact_id
         where guest.workspace_id = $1 and guest.portal_id = $2 and guest.notify <> 'off'
           and contact.deleted_at is null and not contact.do_not_contact and contact.email is not null
         order by guest.contact_id",
        &[&tx.workspace(), &portal],
    )
    .await
}

/// Guests of the portals that show a project, each once.
pub(crate) async fn guests_of_project(tx: &TenantTx, project: Uuid) -> Result<Vec<GuestRow>> {
    tx.query(
        "select distinct on (guest.contact_id) guest.contact_id, contact.name, contact.email, guest.portal_id
         from portal.v_portal_projects as shown
         join portal.v_guests as guest on guest.workspace_id = shown.workspace_id and guest.portal_id = shown.portal_id
         join clients.v_contacts as contact on contact.workspace_id = guest.workspace_id and contact.id = guest.contact_id
         where shown.workspace_id = $1 and shown.project_id = $2 and guest.notify <> 'off'
           and contact.deleted_at is null and not contact.do_not_contact and contact.email is not null
         order by guest.contact_id, guest.portal_id",
        &[&tx.workspace(), &project],
    )
    .await
}
