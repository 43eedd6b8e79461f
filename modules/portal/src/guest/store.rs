//! What guests read: the views made for them, and of these only what the portal shows.

use rapport_base::Result;
use rapport_db::TenantTx;
use uuid::Uuid;

use super::{
    GuestDecision, GuestDeliverable, GuestInvoice, GuestLine, GuestMilestone, GuestProject, GuestTask,
    GuestTeammate, GuestVersion,
};

const PROJECTS: &str = "select p.id, p.name, p.status, p.start_date, p.deadline, g.progress_percent
  from portal.portal_projects s
  join projects.v_projects p on p.workspace_id = s.workspace_id and p.id = s.project_id
  join projects.v_project_progress g on g.workspace_id = p.workspace_id and g.project_id = p.id
  where s.workspace_id = $1 and s.portal_id = $2 order by s.position, p.id";

const MILESTONES: &str =
    "select m.id, m.project_id, m.title, m.description, m.status, m.due_date, m.completed_at
  from portal.portal_projects s
  join projects.v_guest_milestones m on m.workspace_id = s.workspace_id and m.project_id = s.project_id
  where s.workspace_id = $1 and s.portal_id = $2 order by m.position, m.due_date nulls last, m.id limit 500";

const TASKS: &str = "select t.id, t.project_id, t.title, t.status, t.due_date
  from portal.portal_projects s
  join projects.v_guest_tasks t on t.workspace_id = s.workspace_id and t.project_id = s.project_id
  where s.workspace_id = $1 and s.portal_id = $2 order by t.position, t.id limit 500";

macro_rules! deliverables {
    ($rest:literal) => {
        concat!(
            "select d.id, d.project_id, p.name as project_name, d.title, d.description, d.status, d.current_version, d.due_date, d.sent_at, d.decided_at
             from portal.portal_projects s
             join projects.v_guest_deliverables d on d.workspace_id = s.workspace_id and d.project_id = s.project_id
             join projects.v_projects p on p.workspace_id = d.workspace_id and p.id = d.project_id
             where s.workspace_id = $1 and s.portal_id = $2 ",
            $rest
        )
    };
}

const DELIVERABLES: &str =
    deliverables!("order by (d.status = 'awaiting_approval') desc, d.sent_at desc, d.id limit 200");
const DELIVERABLE: &str = deliverables!("and d.id = $3");

const VERSIONS: &str = "select v.number, v.file_id, v.file_version, f.name, f.content_type, f.byte_size, v.url, v.created_at
  from projects.v_guest_deliverable_versions v
  left join files.v_file_versions f on f.workspace_id = v.workspace_id and f.file_id = v.file_id and f.number = v.file_version and f.status = 'ready'
  where v.workspace_id = $1 and v.deliverable_id = $2 order by v.number desc limit 100";

const DECISIONS: &str =
    "select d.id, d.number, d.decision, d.comment, d.decided_by_name, d.receipt, d.decided_at
  from projects.v_guest_deliverable_decisions d
  where d.workspace_id = $1 and d.deliverable_id = $2 order by d.decided_at desc, d.id desc limit 100";

macro_rules! invoices {
    ($rest:literal) => {
        concat!(
            "select id, kind, invoice_number, currency, subtotal_cents, discount_cents, tax_cents, total_cents, paid_cents, open_cents,
               issue_date, due_date, paid_at, notes, terms
             from invoicing.v_guest_invoices where workspace_id = $1 and client_id = $2 ",
            $rest
        )
    };
}

const INVOICES: &str =
    invoices!("order by (kind = 'invoice' and open_cents > 0) desc, issue_date desc, id desc limit 200");
const INVOICE: &str = invoices!("and id = $3");

const LINES: &str = "select description, detail, trim_scale(quantity)::text as quantity, unit, unit_price_cents, amount_cents
  from invoicing.v_guest_invoice_lines where workspace_id = $1 and invoice_id = $2 order by position limit 1000";

const BANK: &str = "select bank_details from identity.v_workspace where workspace_id = $1";

const TEAM: &str = "select distinct m.name, m.title, m.email
  from portal.portal_projects s
  join projects.v_project_members pm on pm.workspace_id = s.workspace_id and pm.project_id = s.project_id and pm.left_at is null
  join identity.v_members m on m.workspace_id = pm.workspace_id and m.id = pm.member_id and m.is_active
  where s.workspace_id = $1 and s.portal_id = $2 order by m.name limit 100";

const WAITING: &str = "select
    (select count(*) from portal.portal_projects s
     join projects.v_guest_deliverables d on d.workspace_id = s.workspace_id and d.project_id = s.project_id
     where s.workspace_id = $1 and s.portal_id = $2 and d.status = 'awaiting_approval'),
    (select count(*) from invoicing.v_guest_invoices i
     where i.workspace_id = $1 and i.client_id = $3 and i.kind = 'invoice' and i.open_cents > 0)";

const NEW_FEEDBACK: &str = "insert into portal.feedback (workspace_id, id, portal_id, client_id, project_id, guest_id, body, created_at)
  select s.workspace_id, $3, s.portal_id, $4, $5, s.guest_id, $6, $7
  from portal.guest_sessions s where s.workspace_id = $1 and s.id = $2";

const PROJECT_SHOWN: &str = "select exists (select from portal.portal_projects where workspace_id = $1 and portal_id = $2 and project_id = $3)";

const PROJECT_IDS: &str =
    "select project_id from portal.portal_projects where workspace_id = $1 and portal_id = $2";

pub(crate) async fn projects(tx: &TenantTx, portal: Uuid) -> Result<Vec<GuestProject>> {
    tx.query(PROJECTS, &[&tx.workspace(), &portal]).await
}

pub(crate) async fn milestones(tx: &TenantTx, portal: Uuid) -> Result<Vec<GuestMilestone>> {
    tx.query(MILESTONES, &[&tx.workspace(), &portal]).await
}

pub(crate) async fn tasks(tx: &TenantTx, portal: Uuid) -> Result<Vec<GuestTask>> {
    tx.query(TASKS, &[&tx.workspace(), &portal]).await
}

pub(crate) async fn deliverables(tx: &TenantTx, portal: Uuid) -> Result<Vec<GuestDeliverable>> {
    tx.query(DELIVERABLES, &[&tx.workspace(), &portal]).await
}

/// A deliverable of a project the portal shows.
pub(crate) async fn deliverable(tx: &TenantTx, portal: Uuid, id: Uuid) -> Result<GuestDeliverable> {
    tx.get(DELIVERABLE, &[&tx.workspace(), &portal, &id]).await
}

/// The versions of a deliverable that was found by [`deliverable`].
pub(crate) async fn versions(tx: &TenantTx, deliverable: Uuid) -> Result<Vec<GuestVersion>> {
    tx.query(VERSIONS, &[&tx.workspace(), &deliverable]).await
}

/// The decisions on a deliverable that was found by [`deliverable`].
pub(crate) async fn decisions(tx: &TenantTx, deliverable: Uuid) -> Result<Vec<GuestDecision>> {
    tx.query(DECISIONS, &[&tx.workspace(), &deliverable]).await
}

pub(crate) async fn invoices(tx: &TenantTx, client: Uuid) -> Result<Vec<GuestInvoice>> {
    tx.query(INVOICES, &[&tx.workspace(), &client]).await
}

/// An invoice of the portal's client.
pub(crate) async fn invoice(tx: &TenantTx, client: Uuid, id: Uuid) -> Result<GuestInvoice> {
    tx.get(INVOICE, &[&tx.workspace(), &client, &id]).await
}

/// The lines of an invoice that was found by [`invoice`].
pub(crate) async fn lines(tx: &TenantTx, invoice: Uuid) -> Result<Vec<GuestLine>> {
    tx.query(LINES, &[&tx.workspace(), &invoice]).await
}

/// Where money goes, as printed on invoices.
pub(crate) async fn bank_details(tx: &TenantTx) -> Result<Option<String>> {
    Ok(tx.find::<(Option<String>,)>(BANK, &[&tx.workspace()]).await?.and_then(|(text,)| text))
}

pub(crate) async fn team(tx: &TenantTx, portal: Uuid) -> Result<Vec<GuestTeammate>> {
    tx.query(TEAM, &[&tx.workspace(), &portal]).await
}

/// How many deliverables wait for an answer, and how many invoices for money.
pub(crate) async fn waiting(tx: &TenantTx, portal: Uuid, client: Uuid) -> Result<(i64, i64)> {
    tx.get(WAITING, &[&tx.workspace(), &portal, &client]).await
}

pub(crate) async fn new_feedback(
    tx: &TenantTx,
    session: Uuid,
    id: Uuid,
    client: Uuid,
    project: Option<Uuid>,
    body: &str,
) -> Result<bool> {
    Ok(tx
        .execute(NEW_FEEDBACK, &[&tx.workspace(), &session, &id, &client, &project, &body, &tx.now()])
        .await?
        == 1)
}

pub(crate) async fn shows_project(tx: &TenantTx, portal: Uuid, project: Uuid) -> Result<bool> {
    tx.scalar(PROJECT_SHOWN, &[&tx.workspace(), &portal, &project]).await
}

pub(crate) async fn project_ids(tx: &TenantTx, portal: Uuid) -> Result<Vec<Uuid>> {
    let ids: Vec<(Uuid,)> = tx.query(PROJECT_IDS, &[&tx.workspace(), &portal]).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}
