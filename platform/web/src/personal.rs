//! What tables hold of people at clients, and what becomes of it when one of them is erased.
//!
//! Every module declares its tables; a test of the house holds the declarations against the
//! catalogue. Conditions are of a row `t` and of `g`, what is given: `workspace`, `contact`,
//! `client`, `at`, and as arrays `traces` (texts that name the person wherever they stand),
//! `names` (those, and names too short for that), `addresses`, `words`.

use jiff::Timestamp;
use rapport_base::Result;
use rapport_db::{Built, TenantTx};
use serde_json::Value;
use uuid::Uuid;

/// The person, and what finds them.
#[derive(Clone, Debug)]
pub struct Person {
    /// The contact.
    pub contact: Uuid,
    /// The client they belong to.
    pub client: Uuid,
    /// Texts that name nobody else: whole names, addresses, phone numbers.
    pub traces: Vec<String>,
    /// These, and names of a single word, which others have as well.
    pub names: Vec<String>,
    /// Addresses, folded.
    pub addresses: Vec<String>,
    /// Folded single words, for the words that things are found by.
    pub words: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// Rows of a table that are of a person, and their fate.
#[derive(Clone, Copy, Debug)]
pub struct Personal {
    /// `schema.table`.
    pub table: &'static str,
    /// What they hold, in words.
    pub holds: &'static str,
    /// Condition that picks them; `false` where nobody's are.
    pub of: &'static str,
    /// What becomes of them.
    pub fate: Fate,
}

/// What becomes of rows when the person is erased.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// They go.
    Deleted,
    /// Columns are set anew: `author_name = 'Erased contact'`.
    Replaced(&'static str),
    /// `[erased]` is put in place of the person's traces in columns of text.
    Cleaned(&'static [&'static str]),
    /// Events: the person is taken out, and hashes of before and since are noted, so that the
    /// audit log can still be proven. The audit module does it.
    Redacted,
    /// They stay as they are: why, and in which columns someone may be named.
    Kept(&'static str, &'static [&'static str]),
}

impl Fate {
    /// In one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Fate::Deleted => "deleted",
            Fate::Replaced(_) => "replaced",
            Fate::Cleaned(_) => "cleaned",
            Fate::Redacted => "redacted",
            Fate::Kept(..) => "kept",
        }
    }
}

/// What the person is called in columns that want a name.
pub const PLACEHOLDER: &str = "Erased contact";

/// What the tables of the ground floor hold.
pub(crate) const GROUND: &[Personal] = &[
    Personal {
        table: "mail.outbox",
        holds: "mails to them, with their address",
        of: "lower(t.recipient_email) = any (g.addresses)",
        fate: Fate::Replaced(
            "recipient_name = 'Erased contact', recipient_email = 'erased@erased.invalid', subject = '',
             body_text = '', body_html = '', headers = '[]', attachments = '[]', last_error = null,
             status = case when t.status = 'sent' then 'sent' else 'kept' end",
        ),
    },
    Personal {
        table: "mail.outbox",
        holds: "mails to others that name them",
        of: "true",
        fate: Fate::Cleaned(&[
            "recipient_name",
            "recipient_email",
            "sender_name",
            "reply_to_name",
            "reply_to_email",
            "subject",
            "body_text",
            "body_html",
            "headers",
            "attachments",
            "last_error",
        ]),
    },
    Personal {
        table: "queue.jobs",
        holds: "background jobs",
        of: "false",
        fate: Fate::Kept("they hold ids, and go when they are done", &["name", "payload", "last_error"]),
    },
    Personal {
        table: "web.idempotency_keys",
        holds: "answers kept for requests that are sent twice",
        of: "false",
        fate: Fate::Kept("they go by themselves within a day", &["headers"]),
    },
];

impl Personal {
    /// How many rows there are.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn count(&self, tx: &TenantTx, person: &Person) -> Result<i64> {
        if self.is_of_nobody() {
            return Ok(0);
        }
        let counted = self
            .pick(given(tx, person, " select count(*)").sql(" from ").sql(self.table).sql(" t, g where "));
        one(tx, counted).await
    }

    /// The rows, at most so many.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn rows(&self, tx: &TenantTx, person: &Person, limit: i64) -> Result<Vec<Value>> {
        if self.is_of_nobody() {
            return Ok(Vec::new());
        }
        let found =
            given(tx, person, " select to_jsonb(t)").sql(" from ").sql(self.table).sql(" t, g where ");
        let rows: Vec<(Value,)> = tx.query_built(&self.pick(found).sql(" limit ").bind(limit)).await?;
        Ok(rows.into_iter().map(|(row,)| self.shown(row)).collect())
    }

    /// Does to the rows what is declared; returns how many there were.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn erase(&self, tx: &TenantTx, person: &Person) -> Result<i64> {
        let done = match self.fate {
            Fate::Kept(..) | Fate::Redacted => return self.count(tx, person).await,
            Fate::Deleted => {
                given(tx, person, ", done as (delete from ").sql(self.table).sql(" t using g where ")
            }
            Fate::Replaced(columns) => {
                let set = given(tx, person, ", done as (update ").sql(self.table).sql(" t set ");
                set.sql(columns).sql(" from g where ")
            }
            Fate::Cleaned(columns) => {
                let mut set = given(tx, person, ", done as (update ").sql(self.table).sql(" t set ");
                for (at, column) in columns.iter().enumerate() {
                    set = set.sql(if at == 0 { "" } else { ", " }).sql(column).sql(" = app.without(t.");
                    set = set.sql(column).sql(", g.traces)");
                }
                set.sql(" from g where ")
            }
        };
        one(tx, self.pick(done).sql(" returning 1) select count(*) from done")).await
    }

    /// Whether it only says why there is nothing; the program may not even look there.
    fn is_of_nobody(&self) -> bool {
        self.of == "false"
    }

    /// The condition: of the workspace, of the person, and naming them where that is what matters.
    fn pick(&self, sql: Built) -> Built {
        let sql = sql.sql("t.workspace_id = g.workspace and (").sql(self.of).sql(")");
        let Fate::Cleaned(columns) = self.fate else { return sql };
        let named = columns
            .iter()
            .fold(sql.sql(" and app.has_trace(concat_ws(' '"), |sql, column| sql.sql(", t.").sql(column));
        named.sql("), g.traces)")
    }

    /// A row for people: of text that others wrote only what names the person; no hashes.
    fn shown(&self, mut row: Value) -> Value {
        if let Value::Object(fields) = &mut row {
            fields.remove("workspace_id");
            fields.retain(|name, value| match self.fate {
                Fate::Cleaned(columns) => name == "id" || columns.contains(&name.as_str()),
                _ => !value.is_null() && !value.as_str().is_some_and(|text| text.starts_with("\\x")),
            });
        }
        row
    }
}

fn given(tx: &TenantTx, person: &Person, next: &'static str) -> Built {
    Built::new("with g as (select ")
        .bind(tx.workspace())
        .sql("::uuid as workspace, ")
        .bind(person.contact)
        .sql("::uuid as contact, ")
        .bind(person.client)
        .sql("::uuid as client, ")
        .bind(person.at)
        .sql("::timestamptz as at, ")
        .bind(person.traces.clone())
        .sql("::text[] as traces, ")
        .bind(person.names.clone())
        .sql("::text[] as names, ")
        .bind(person.addresses.clone())
        .sql("::text[] as addresses, ")
        .bind(person.words.clone())
        .sql("::text[] as words)")
        .sql(next)
}

async fn one(tx: &TenantTx, sql: Built) -> Result<i64> {
    let rows: Vec<(i64,)> = tx.query_built(&sql).await?;
    Ok(rows.first().map_or(0, |(count,)| *count))
}
