//! Seeing what is held of someone, and erasing it.

use data_encoding::HEXLOWER;
use rapport_base::{Refusal, Result};
use rapport_db::{App, TenantTx};
use rapport_queue::Enqueue;
use rapport_web::{
    Cx, House,
    personal::{Fate, Person, Personal},
    validate,
};
use serde_json::{Value, json};

use super::{
    AskedBy, Certificate, ErasureId, ErasurePreview, NewErasure, Step,
    jobs::RememberErasure,
    rules::{self, Done, Known},
    store::{self, Beginning, Subject},
};
use crate::{ClientId, ContactErased, ContactId, clients::search, contacts::store as contacts};

/// Rows of one table in an export.
const ROWS: i64 = 10_000;

fn tables(app: &App) -> Vec<Personal> {
    app.parts.get::<House>().personal()
}

fn step(table: &Personal, rows: i64) -> Step {
    Step {
        table: table.table.into(),
        holds: table.holds.into(),
        fate: table.fate.word().into(),
        why: match table.fate {
            Fate::Kept(why, _) => Some(why.into()),
            _ => None,
        },
        rows,
    }
}

fn already() -> rapport_base::Error {
    Refusal::conflict("contacts.erased", "This person was erased already. See the certificate.").into()
}

/// A contact who is not erased yet, what they are and were called, and what is looked for.
async fn find(tx: &TenantTx, contact: ContactId) -> Result<(Subject, Known, Person)> {
    let subject = store::subject(tx, contact).await?;
    if subject.is_erased {
        return Err(already());
    }
    let known = store::known(tx, contact, &subject).await?;
    let person = rules::person(contact.uuid(), subject.client_id, &known, tx.now());
    Ok((subject, known, person))
}

/// What erasing a contact would do; nothing is done.
///
/// # Errors
/// Not found; erased already.
pub async fn preview(app: &App, tx: &TenantTx, contact: ContactId) -> Result<ErasurePreview> {
    let (subject, known, person) = find(tx, contact).await?;
    let tables = tables(app);
    let counted = tables.iter().map(|table| table.count(tx, &person));
    let counts = futures::future::try_join_all(counted).await?;
    let steps = tables.iter().zip(counts).filter(|(_, rows)| *rows > 0).map(|(t, rows)| step(t, rows));
    Ok(ErasurePreview {
        contact_id: contact,
        name: subject.name,
        steps: steps.collect(),
        not_looked_for: rules::too_short(&known),
    })
}

/// All that is held of a contact, in one readable piece.
///
/// # Errors
/// Not found; erased already.
pub async fn export(app: &App, tx: &TenantTx, contact: ContactId) -> Result<Value> {
    let (subject, known, person) = find(tx, contact).await?;
    let tables = tables(app);
    let found =
        futures::future::try_join_all(tables.iter().map(|table| table.rows(tx, &person, ROWS))).await?;
    let held: Vec<Value> = tables
        .iter()
        .zip(found)
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(table, rows)| {
            json!({
                "table": table.table,
                "holds": table.holds,
                "when_erased": table.fate.word(),
                "is_complete": i64::try_from(rows.len()).is_ok_and(|count| count < ROWS),
                "rows": rows,
            })
        })
        .collect();
    Ok(json!({
        "about": "All personal data held of one person: where, what, and what becomes of it when they are erased.",
        "contact_id": contact,
        "name": subject.name,
        "known_as": { "names": known.names, "emails": known.emails, "phones": known.phones },
        "made_at": tx.now().to_string(),
        "held": held,
    }))
}

/// Erases a contact, once their name was typed.
///
/// # Errors
/// Another name was typed; not found; erased already.
pub async fn erase(cx: &Cx, contact: ContactId, input: NewErasure) -> Result<Certificate> {
    validate(&input)?;
    let tx = cx.begin().await?;
    let subject = store::subject(&tx, contact).await?;
    if subject.is_erased {
        return Err(already());
    }
    if input.name.trim() != subject.name {
        let told = "Type the name exactly as it stands there.";
        return Err(Refusal::field("name", "other_name", told).into());
    }
    let Some(asked_by) = input.asked_by else {
        return Err(Refusal::field("asked_by", "required", "Say at whose wish.").into());
    };
    let member = crate::clients::actions::member(&tx);
    let id = erase_in(&cx.app, &tx, contact, asked_by, member).await?;
    let certificate = store::get(&tx, id).await?;
    tx.commit().await?;
    Ok(certificate)
}

/// Erases a contact within the caller's transaction; the certificate's id.
///
/// # Errors
/// Not found; erased already.
pub(crate) async fn erase_in(
    app: &App,
    tx: &TenantTx,
    contact: ContactId,
    asked_by: AskedBy,
    erased_by: Option<uuid::Uuid>,
) -> Result<ErasureId> {
    let client: ClientId = store::subject(tx, contact).await?.client_id.into();
    contacts::lock_client(tx, client).await?;
    store::lock(tx, contact).await?;
    let (_, _, person) = find(tx, contact).await?;
    let id = ErasureId::new();
    let beginning = Beginning {
        id,
        contact: person.contact,
        client: person.client,
        asked_by: asked_by.as_str(),
        erased_by,
    };
    store::begin(tx, &beginning).await?;
    let (steps, redacted) = run(app, tx, id, &person).await?;
    contacts::promote(tx, client).await?;
    search::index(tx, client).await?;
    let done =
        Done { erasure: id.uuid(), person: &person, asked_by, erased_by, steps: &steps, redacted: &redacted };
    let statement = rules::statement(&done);
    store::finish(tx, id, &statement, &rules::hash(&statement)).await?;
    let job = RememberErasure { contact_id: contact.uuid(), asked_by };
    rapport_queue::enqueue(tx, &job, Enqueue::default()).await?;
    tx.publish(&ContactErased {
        contact_id: contact.uuid(),
        client_id: client.uuid(),
        erasure_id: id.uuid(),
        asked_by: asked_by.as_str().into(),
        redacted,
    });
    Ok(id)
}

/// Goes through all tables; what was done, and the hash of what was redacted.
async fn run(app: &App, tx: &TenantTx, id: ErasureId, person: &Person) -> Result<(Vec<Step>, String)> {
    let mut steps = Vec::new();
    let mut hash = String::new();
    for table in tables(app) {
        let rows = if matches!(table.fate, Fate::Redacted) {
            let redacted = audit::redact(tx, id.uuid(), person).await?;
            hash = HEXLOWER.encode(&redacted.hash);
            redacted.events
        } else {
            table.erase(tx, person).await?
        };
        if rows > 0 {
            steps.push(step(&table, rows));
        }
    }
    Ok((steps, hash))
}
