//! The portals' SQL.

use jiff::Timestamp;
use rapport_base::{Limit, MemberId, Result, Total, text};
use rapport_db::{Params, TenantTx};
use uuid::Uuid;

use super::{Portal, PortalId};

macro_rules! portal_select {
    ($rest:literal) => {
        concat!(
            "select p.id, p.client_id, k.company_name as client_name, p.title, p.description, p.status, p.accent_color,
               p.logo_file_id, p.welcome_text, p.shows_progress, p.shows_files, p.shows_messages, p.shows_approvals,
               p.shows_invoices, p.shows_team, p.require_code, p.link_days, p.link_single_use, p.created_at, p.updated_at,
               (select max(g.last_seen_at) from portal.guests g where g.workspace_id = p.workspace_id and g.portal_id = p.id) as last_visit_at,
               (select coalesce(array_agg(pp.project_id order by pp.position, pp.project_id), '{}') from portal.portal_projects pp
                where pp.workspace_id = p.workspace_id and pp.portal_id = p.id) as project_ids,
               p.version
             from portal.portals p
             join clients.v_clients k on k.workspace_id = p.workspace_id and k.id = p.client_id ",
            $rest
        )
    };
}

// $2 whether the member sees all portals, $3 the member.
macro_rules! in_reach {
    () => {
        "($2 or exists (select from portal.portal_projects pp
           join projects.v_project_members m on m.workspace_id = pp.workspace_id and m.project_id = pp.project_id
           where pp.workspace_id = p.workspace_id and pp.portal_id = p.id and m.member_id = $3 and m.left_at is null))"
    };
}

const GET: &str = portal_select!("where p.workspace_id = $1 and p.id = $2");

const LIST: &str = concat!(
    portal_select!("where p.workspace_id = $1 and k.deleted_at is null and "),
    in_reach!(),
    " and ($4::text is null and p.status <> 'archived' or p.status = $4) and ($5::uuid is null or p.client_id = $5)
      and ($6::text is null or p.title_sort ^@ $6 or k.name_sort ^@ $6)
      and ($7::timestamptz is null or (p.created_at, p.id) < ($7, $8))
     order by p.created_at desc, p.id desc limit $9"
);

const COUNT: &str = concat!(
    "select count(*) from (select 1 from portal.portals p
      join clients.v_clients k on k.workspace_id = p.workspace_id and k.id = p.client_id
      where p.workspace_id = $1 and k.deleted_at is null and ",
    in_reach!(),
    " and ($4::text is null and p.status <> 'archived' or p.status = $4) and ($5::uuid is null or p.client_id = $5)
      and ($6::text is null or p.title_sort ^@ $6 or k.name_sort ^@ $6) limit 1001) as counted"
);

const IN_REACH: &str =
    concat!("select p.id from portal.portals p where p.workspace_id = $1 and ", in_reach!());

const CREATE: &str = "insert into portal.portals (workspace_id, id, client_id, title, title_sort, description, status, accent_color,
    logo_file_id, welcome_text, shows_progress, shows_files, shows_messages, shows_approvals, shows_invoices, shows_team,
    require_code, link_days, link_single_use, created_by, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21)";

const UPDATE: &str = "update portal.portals set title = $3, title_sort = $4, description = $5, status = $6, accent_color = $7,
    logo_file_id = $8, welcome_text = $9, shows_progress = $10, shows_files = $11, shows_messages = $12, shows_approvals = $13,
    shows_invoices = $14, shows_team = $15, require_code = $16, link_days = $17, link_single_use = $18,
    archived_at = case when $6 = 'archived' then coalesce(archived_at, $19) end, updated_at = $19, version = version + 1
  where workspace_id = $1 and id = $2 and version = $20";

const SHOW_PROJECTS: &str = "with gone as (
    delete from portal.portal_projects where workspace_id = $1 and portal_id = $2 and project_id <> all($4))
  insert into portal.portal_projects (workspace_id, portal_id, client_id, project_id, position, added_at)
  select $1, $2, $3, project.id, wished.position::int4, $5
  from unnest($4::uuid[]) with ordinality as wished (id, position)
  join projects.v_projects project on project.workspace_id = $1 and project.id = wished.id and project.client_id = $3
  on conflict (workspace_id, portal_id, project_id) do update set position = excluded.position";

macro_rules! projects_of {
    ($client:literal) => {
        concat!(
            "select id, name from projects.v_projects
             where workspace_id = $1 and status <> 'cancelled' and client_id = ",
            $client,
            " order by created_at desc, id desc limit 100"
        )
    };
}

const PROJECTS_OF_CLIENT: &str = projects_of!("$2");

const PROJECT_CHOICES: &str =
    projects_of!("(select client_id from portal.portals where workspace_id = $1 and id = $2)");

const DEFAULTS: &str = "select w.portal_link_days, w.portal_link_single_use, w.portal_require_code, w.portal_welcome_text, k.company_name
  from identity.v_workspace w
  join clients.v_clients k on k.workspace_id = w.workspace_id and k.id = $2 and k.deleted_at is null
  where w.workspace_id = $1";

const CLIENT_PORTALS: &str =
    "select count(*) from portal.portals where workspace_id = $1 and client_id = $2 and status <> 'archived'";

const ASSIGNED: &str = "select exists (select from projects.v_project_members
  where workspace_id = $1 and project_id = $2 and member_id = $3 and left_at is null)";

const PLACE_EXISTS: &str = "select
    ($2::uuid is null or exists (select from clients.v_clients where workspace_id = $1 and id = $2 and deleted_at is null))
    and ($3::uuid is null or exists (select from projects.v_projects where workspace_id = $1 and id = $3))
    and ($4::uuid is null or exists (select from portal.portals where workspace_id = $1 and id = $4))";

rapport_db::row! {
    /// What a new portal begins with.
    pub(crate) struct Defaults {
        pub portal_link_days: i32,
        pub portal_link_single_use: bool,
        pub portal_require_code: bool,
        pub portal_welcome_text: Option<String>,
        pub company_name: String,
    }
}

/// Whose portals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub all: bool,
    pub member: MemberId,
}

/// Which portals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub status: Option<String>,
    pub client_id: Option<Uuid>,
    pub search: Option<String>,
}

/// A portal.
///
/// # Errors
/// Not found.
pub async fn get(tx: &TenantTx, portal: PortalId) -> Result<Portal> {
    tx.get(GET, &[&tx.workspace(), &portal]).await
}

/// A portal, if it is there.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find(tx: &TenantTx, portal: PortalId) -> Result<Option<Portal>> {
    tx.find(GET, &[&tx.workspace(), &portal]).await
}

pub(crate) async fn list(
    tx: &TenantTx,
    reach: Reach,
    filter: &Filter,
    after: Option<(Timestamp, Uuid)>,
    limit: Limit,
) -> Result<(Vec<Portal>, Total)> {
    let (at, id) = after.unzip();
    let (workspace, fetch) = (tx.workspace(), limit.fetch());
    let search = filter.search.as_deref().map(text::fold).filter(|typed| !typed.is_empty());
    let rows: Params = &[
        &workspace,
        &reach.all,
        &reach.member,
        &filter.status,
        &filter.client_id,
        &search,
        &at,
        &id,
        &fetch,
    ];
    let count: Params = &[&workspace, &reach.all, &reach.member, &filter.status, &filter.client_id, &search];
    let (rows, count) = futures::join!(tx.query(LIST, rows), tx.scalar::<i64>(COUNT, count));
    Ok((rows?, Total::capped(count?)))
}

/// The portals in someone's reach.
pub(crate) async fn in_reach(tx: &TenantTx, reach: Reach) -> Result<Vec<Uuid>> {
    let ids: Vec<(Uuid,)> = tx.query(IN_REACH, &[&tx.workspace(), &reach.all, &reach.member]).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

pub(crate) async fn create(tx: &TenantTx, p: &Portal, by: Option<Uuid>) -> Result<()> {
    tx.execute(
        CREATE,
        &[
            &tx.workspace(),
            &p.id,
            &p.client_id,
            &p.title,
            &text::fold(&p.title),
            &p.description,
            &p.status,
            &p.accent_color,
            &p.logo_file_id,
            &p.welcome_text,
            &p.shows_progress,
            &p.shows_files,
            &p.shows_messages,
            &p.shows_approvals,
            &p.shows_invoices,
            &p.shows_team,
            &p.require_code,
            &p.link_days,
            &p.link_single_use,
            &by,
            &p.created_at,
        ],
    )
    .await
    .map(drop)
}

/// Saves a portal over the version that was read; false when there is a newer one.
pub(crate) async fn update(tx: &TenantTx, p: &Portal) -> Result<bool> {
    let changed = tx
        .execute(
            UPDATE,
            &[
                &tx.workspace(),
                &p.id,
                &p.title,
                &text::fold(&p.title),
                &p.description,
                &p.status,
                &p.accent_color,
                &p.logo_file_id,
                &p.welcome_text,
                &p.shows_progress,
                &p.shows_files,
                &p.shows_messages,
                &p.shows_approvals,
                &p.shows_invoices,
                &p.shows_team,
                &p.require_code,
                &p.link_days,
                &p.link_single_use,
                &tx.now(),
                &p.version,
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Shows these projects and no others; gives how many of them are the client's.
pub(crate) async fn show_projects(
    tx: &TenantTx,
    portal: PortalId,
    client: Uuid,
    projects: &[Uuid],
) -> Result<u64> {
    tx.execute(SHOW_PROJECTS, &[&tx.workspace(), &portal, &client, &projects.to_vec(), &tx.now()]).await
}

pub(crate) async fn projects_of_client(tx: &TenantTx, client: Uuid) -> Result<Vec<(Uuid, String)>> {
    tx.query(PROJECTS_OF_CLIENT, &[&tx.workspace(), &client]).await
}

/// The projects a portal may show: those of its client.
pub(crate) async fn project_choices(tx: &TenantTx, portal: PortalId) -> Result<Vec<(Uuid, String)>> {
    tx.query(PROJECT_CHOICES, &[&tx.workspace(), &portal]).await
}

pub(crate) async fn defaults(tx: &TenantTx, client: Uuid) -> Result<Option<Defaults>> {
    tx.find(DEFAULTS, &[&tx.workspace(), &client]).await
}

pub(crate) async fn count_of_client(tx: &TenantTx, client: Uuid) -> Result<i64> {
    tx.scalar(CLIENT_PORTALS, &[&tx.workspace(), &client]).await
}

pub(crate) async fn assigned(tx: &TenantTx, project: Uuid, member: MemberId) -> Result<bool> {
    tx.scalar(ASSIGNED, &[&tx.workspace(), &project, &member]).await
}

pub(crate) async fn place_exists(tx: &TenantTx, place: &files::Place) -> Result<bool> {
    tx.scalar(PLACE_EXISTS, &[&tx.workspace(), &place.client_id, &place.project_id, &place.portal_id]).await
}
