//! All SQL of erasures.

use rapport_base::Result;
use rapport_db::{TenantTx, row};
use serde_json::Value;
use uuid::Uuid;

use super::{Certificate, ErasureId, rules::Known};
use crate::ContactId;

row! {
    /// The person, removed or not, as long as they were not erased.
    pub(crate) struct Subject {
        pub client_id: Uuid,
        pub name: String,
        pub email: Option<String>,
        pub phone: Option<String>,
        pub is_erased: bool,
    }
}

const SUBJECT: &str = "select client_id, name, email, phone, erased_at is not null as is_erased
  from clients.contacts where workspace_id = $1 and id = $2";
const LOCK: &str = "select 1 from clients.contacts where workspace_id = $1 and id = $2 for update";
// What the person was called and reached by before.
const FORMER: &str = "select distinct f.field, f.value from spine.events e, lateral (
    select w.key as field, w.value from jsonb_each_text(e.payload) w
    union all select w.key, w.value from jsonb_each_text(case jsonb_typeof(e.before) when 'object' then e.before else '{}' end) w
    union all select w.key, w.value from jsonb_each_text(case jsonb_typeof(e.after) when 'object' then e.after else '{}' end) w
  ) f
  where e.workspace_id = $1 and e.subject_id = $2 and e.subject_kind = 'contact'
    and f.field in ('name', 'email', 'phone') and f.value <> ''
  order by f.field, f.value limit 200";
const SIGNED: &str = "select distinct e.actor_name from spine.events e
  where e.workspace_id = $1 and e.client_id = $3 and e.actor_kind = 'guest' and e.actor_id = $2 and e.actor_name is not null limit 50";
const BEGIN: &str = "insert into clients.erasures (workspace_id, id, contact_id, client_id, asked_by, erased_by, erased_at, statement, hash)
  values ($1, $2, $3, $4, $5, $6, $7, '{}', decode(repeat('00', 32), 'hex'))";
const FINISH: &str =
    "update clients.erasures set statement = $3, hash = $4 where workspace_id = $1 and id = $2";
const FIND: &str =
    "select id, contact_id, client_id, asked_by, erased_by, erased_at, statement, encode(hash, 'hex') as hash
  from clients.erasures where workspace_id = $1 and id = $2";
const LIST: &str =
    "select id, contact_id, client_id, asked_by, erased_by, erased_at, statement, encode(hash, 'hex') as hash
  from clients.erasures where workspace_id = $1 order by erased_at desc, id desc limit 200";

pub(crate) async fn subject(tx: &TenantTx, contact: ContactId) -> Result<Subject> {
    tx.get(SUBJECT, &[&tx.workspace(), &contact]).await
}

pub(crate) async fn lock(tx: &TenantTx, contact: ContactId) -> Result<()> {
    tx.get::<(i32,)>(LOCK, &[&tx.workspace(), &contact]).await.map(drop)
}

/// Everything the person is or was called and reached by.
pub(crate) async fn known(tx: &TenantTx, contact: ContactId, subject: &Subject) -> Result<Known> {
    let workspace = tx.workspace();
    let params: rapport_db::Params = &[&workspace, &contact];
    let signed: rapport_db::Params = &[&workspace, &contact, &subject.client_id];
    let (former, signed) =
        futures::join!(tx.query::<(String, String)>(FORMER, params), tx.query::<(String,)>(SIGNED, signed));
    let mut known = Known {
        names: vec![subject.name.clone()],
        emails: subject.email.iter().cloned().collect(),
        phones: subject.phone.iter().cloned().collect(),
    };
    for (field, value) in former? {
        let list = match field.as_str() {
            "name" => &mut known.names,
            "email" => &mut known.emails,
            _ => &mut known.phones,
        };
        if !list.contains(&value) {
            list.push(value);
        }
    }
    for (name,) in signed? {
        if !known.names.contains(&name) {
            known.names.push(name);
        }
    }
    Ok(known)
}

/// The beginning of a certificate, before anything is erased.
pub(crate) struct Beginning {
    pub id: ErasureId,
    pub contact: Uuid,
    pub client: Uuid,
    pub asked_by: &'static str,
    pub erased_by: Option<Uuid>,
}

pub(crate) async fn begin(tx: &TenantTx, new: &Beginning) -> Result<()> {
    let params: rapport_db::Params =
        &[&tx.workspace(), &new.id, &new.contact, &new.client, &new.asked_by, &new.erased_by, &tx.now()];
    tx.execute(BEGIN, params).await.map(drop)
}

pub(crate) async fn finish(tx: &TenantTx, id: ErasureId, statement: &Value, hash: &[u8; 32]) -> Result<()> {
    tx.execute(FINISH, &[&tx.workspace(), &id, &statement, &hash.as_slice()]).await.map(drop)
}

pub(crate) async fn get(tx: &TenantTx, id: ErasureId) -> Result<Certificate> {
    tx.get(FIND, &[&tx.workspace(), &id]).await
}

/// The newest certificates, 200 at most.
pub(crate) async fn list(tx: &TenantTx) -> Result<Vec<Certificate>> {
    tx.query(LIST, &[&tx.workspace()]).await
}
