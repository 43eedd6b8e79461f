//! One workspace of a live database replaced by what it was, in one transaction.
//!
//! The rows come from a database that a backup was restored into, or from what an earlier swap
//! kept. They are gathered first; then writers are kept away from the tables of workspaces, what
//! is there is kept in the place, the rows are exchanged, every foreign key of the workspace is
//! checked, and all of it is committed at once. Other workspaces' rows are not touched.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::{SinkExt, StreamExt, TryStreamExt, stream::BoxStream};
use rapport_base::Clock;
use tokio_postgres::{Client, Transaction, error::SqlState};
use uuid::Uuid;

use crate::{
    catalogue::{self, Table},
    database,
    kept::Keeping,
    lock::Credentials,
    part,
    place::Place,
    progress::Progress,
    restore::Source,
    rules::{quoted, quoted_table},
};

const LOCK_TRIES: u32 = 60;
/// Below PostgreSQL's own one second: whoever waits crosswise, we are the ones who step back.
const LOCK_WAIT: &str = "set local lock_timeout = '500ms'";

/// Where the rows come from.
pub enum Rows<'a> {
    /// A database beside the live one, as its owner.
    Database(&'a str),
    /// What an earlier swap kept.
    Kept(&'a Source),
}

/// What is not simply exchanged.
#[derive(Clone, Copy, Debug)]
pub struct SwapRules<'a> {
    /// Tables of workspaces that stay as they are.
    pub stay: &'a [&'a str],
    /// Further rows that come along without being put anywhere, and the condition that picks them
    /// (`$1` is the workspace).
    pub along: &'a [(&'a str, &'a str)],
    /// The table with the workspace's own row, and its columns that stay as they are.
    pub own: (&'a str, &'a [&'a str]),
    /// Tables whose rows are remembered as they were.
    pub remember: &'a [&'a str],
    /// Statements once the rows are in (`$1` is the workspace). Every row that came is in
    /// `"coming.schema.table"`, every one that is remembered in `"was.schema.table"`.
    pub then: &'a [String],
}

/// What to swap, and where to keep what was there.
pub struct Swap<'a> {
    /// The live database as its owner.
    pub owner_url: &'a str,
    /// The rows.
    pub rows: Rows<'a>,
    /// Whose.
    pub workspace: Uuid,
    /// What is not simply exchanged.
    pub rules: SwapRules<'a>,
    /// Where what was there is kept.
    pub place: &'a Place,
    /// Who may read it.
    pub credentials: &'a Credentials,
    /// What is kept says this of itself.
    pub notes: BTreeMap<String, String>,
    /// The version of the program.
    pub version: &'a str,
    /// The clock.
    pub clock: &'a Clock,
    /// Where to tell how far it is.
    pub progress: &'a Progress,
}

/// A table whose rows were exchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// The table.
    pub table: String,
    /// Rows that were there.
    pub went: u64,
    /// Rows that came.
    pub came: u64,
}

/// A swap that was made.
#[derive(Debug)]
pub struct Swapped {
    /// The name of what was there.
    pub kept: String,
    /// Every table that had rows before or has some now.
    pub tables: Vec<Exchanged>,
    /// How long writers waited.
    pub held: std::time::Duration,
}

/// Puts one workspace back.
///
/// # Errors
/// In words; the live database is then as it was.
pub async fn swap(order: Swap<'_>) -> Result<Swapped> {
    let Swap { progress, rules, workspace, .. } = order;
    let closing = order.credentials.closing(order.place).await?;
    let mut client = database::connect(order.owner_url).await?;
    database::sees_everything(&client).await?;
    let migrations = catalogue::migrations(&client).await?;
    let tx = client.transaction().await?;
    let all = catalogue::tables(&tx).await?;
    let (exchanged, along) = choose(&all, &rules)?;

    progress.step("gathering the rows");
    let from = Gathering::open(&order.rows, &migrations).await?;
    for wanted in exchanged.iter().chain(&along) {
        let rows = from.rows(wanted, workspace).await?;
        fill(&tx, wanted.table, rows).await.with_context(|| format!("cannot gather {}", wanted.name()))?;
    }

    progress.step("exchanging them; whoever writes waits meanwhile");
    let tables: Vec<&Table> = exchanged.iter().chain(&along).map(|wanted| wanted.table).collect();
    lock(&tx, &tables).await?;
    let began = std::time::Instant::now();
    let mut keeping = Keeping::begin(order.place, &closing, order.clock.now());
    let mut done = Vec::new();
    for wanted in exchanged.iter().chain(&along) {
        let rows = own_rows(&tx, wanted, workspace).await?;
        keeping.table(wanted.table, rows).await?;
        if rules.remember.contains(&wanted.name().as_str()) {
            tx.batch_execute(&format!(
                "create temporary table {} on commit drop as select * from {} t where {}",
                quoted(&format!("was.{}", wanted.name())),
                wanted.table.quoted(),
                wanted.picks(workspace)
            ))
            .await?;
        }
    }
    without_triggers(&tx).await?;
    for wanted in &exchanged {
        let name = wanted.table.quoted();
        let went =
            tx.execute(&format!("delete from {name} t where {}", wanted.picks(workspace)), &[]).await?;
        let came = put_in(&tx, wanted.table).await?;
        if went + came > 0 {
            done.push(Exchanged { table: wanted.name(), went, came });
        }
    }
    own_row(&tx, &all, &rules, workspace).await?;
    for statement in rules.then {
        // PostgreSQL wants to know the parameter's type also where a statement does not name it.
        tx.execute(statement.as_str(), &[&workspace])
            .await
            .with_context(|| format!("a rule of the swap failed: {statement:.80}"))?;
    }
    check_keys(&tx, &all, workspace).await?;
    let kept = keeping.finish(order.version, migrations, order.notes, order.clock.now()).await?;
    tx.commit().await.context("the swap was not committed; the live database is as it was")?;
    Ok(Swapped { kept, tables: done, held: began.elapsed() })
}

/// Rows of one table that are part of the swap.
struct Wanted<'a> {
    table: &'a Table,
    condition: Option<&'a str>,
}

impl Wanted<'_> {
    fn name(&self) -> String {
        format!("{}.{}", self.table.schema, self.table.table)
    }
    fn columns(&self) -> String {
        columns(self.table)
    }
    fn picks(&self, workspace: Uuid) -> String {
        let whose = format!("'{workspace}'");
        self.condition.map_or_else(|| format!("t.workspace_id = {whose}"), |text| text.replace("$1", &whose))
    }
}

fn columns(table: &Table) -> String {
    table.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
}

fn coming(table: &Table) -> String {
    quoted(&format!("coming.{}.{}", table.schema, table.table))
}

/// Which tables are exchanged, and which rows come along.
fn choose<'a>(all: &'a [Table], rules: &SwapRules<'a>) -> Result<(Vec<Wanted<'a>>, Vec<Wanted<'a>>)> {
    let named = |name: &str| {
        all.iter()
            .find(|table| format!("{}.{}", table.schema, table.table) == name)
            .with_context(|| format!("the rules of the swap name a table that is not there: {name}"))
    };
    rules.stay.iter().chain(rules.remember).try_for_each(|name| named(name).map(drop))?;
    let along = rules
        .along
        .iter()
        .map(|(name, condition)| Ok(Wanted { table: named(name)?, condition: Some(condition) }))
        .collect::<Result<Vec<_>>>()?;
    let exchanged = all
        .iter()
        .filter(|table| table.columns.iter().any(|column| column.name == "workspace_id"))
        .filter(|table| !rules.stay.contains(&format!("{}.{}", table.schema, table.table).as_str()))
        .map(|table| Wanted { table, condition: None })
        .collect();
    Ok((exchanged, along))
}

/// Where rows are gathered.
enum Gathering<'a> {
    Database(Client),
    Kept(&'a Source),
}

impl<'a> Gathering<'a> {
    async fn open(rows: &Rows<'a>, ours: &[crate::manifest::Migrated]) -> Result<Self> {
        let (theirs, gathering) = match rows {
            Rows::Database(url) => {
                let client = database::connect(url).await?;
                database::sees_everything(&client).await?;
                client.batch_execute("begin isolation level repeatable read, read only").await?;
                (catalogue::migrations(&client).await?, Self::Database(client))
            }
            Rows::Kept(source) => (source.manifest.migrations.clone(), Self::Kept(source)),
        };
        if theirs != ours {
            bail!("the rows are of another version of the tables than the live database");
        }
        Ok(gathering)
    }

    async fn rows(&self, wanted: &Wanted<'_>, workspace: Uuid) -> Result<BoxStream<'static, Result<Bytes>>> {
        match self {
            Self::Database(client) => own_rows(client, wanted, workspace).await,
            Self::Kept(source) => {
                let name = (&wanted.table.schema, &wanted.table.table);
                let part = source.manifest.tables.iter().find(|it| (&it.schema, &it.table) == name);
                match part.and_then(|table| table.part.as_ref()) {
                    Some(part) => part::unpack(&source.place, part, &source.identity).await,
                    None => Ok(futures::stream::empty().boxed()),
                }
            }
        }
    }
}

/// A workspace's rows of a table in PostgreSQL's text format.
async fn own_rows(
    client: &impl tokio_postgres::GenericClient,
    wanted: &Wanted<'_>,
    workspace: Uuid,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let sql = format!(
        "copy (select {} from {} t where {}) to stdout",
        wanted.columns(),
        wanted.table.quoted(),
        wanted.picks(workspace)
    );
    let statement = client.prepare(&sql).await?;
    let rows = client
        .client()
        .copy_out(&statement)
        .await
        .with_context(|| format!("cannot read {}", wanted.name()))?;
    Ok(rows.map_err(anyhow::Error::from).boxed())
}

/// Gathers rows of a table beside it.
async fn fill(tx: &Transaction<'_>, table: &Table, rows: BoxStream<'static, Result<Bytes>>) -> Result<()> {
    let beside = coming(table);
    tx.batch_execute(&format!("create temporary table {beside} (like {}) on commit drop", table.quoted()))
        .await?;
    let sink = tx.copy_in(&format!("copy {beside} ({}) from stdin", columns(table))).await?;
    let (mut sink, mut rows) = (std::pin::pin!(sink), rows);
    while let Some(bytes) = rows.next().await {
        sink.feed(bytes?).await?;
    }
    sink.finish().await?;
    Ok(())
}

/// Keeps writers away until the end; readers go on.
async fn lock(tx: &Transaction<'_>, tables: &[&Table]) -> Result<()> {
    let names: Vec<String> = tables.iter().map(|table| table.quoted()).collect();
    let sql = format!("lock table {} in share row exclusive mode", names.join(", "));
    tx.batch_execute(LOCK_WAIT).await?;
    for _ in 0..LOCK_TRIES {
        tx.batch_execute("savepoint before_the_lock").await?;
        match tx.batch_execute(&sql).await {
            Ok(()) => return Ok(tx.batch_execute("set local lock_timeout = '30s'").await?),
            Err(error)
                if matches!(
                    error.code(),
                    Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED)
                ) =>
            {
                tx.batch_execute("rollback to savepoint before_the_lock").await?;
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    bail!("somebody has been writing all the time; try again when it is quieter")
}

/// Rows come as they were: triggers judge changes of people, and foreign keys are checked at the end.
async fn without_triggers(tx: &Transaction<'_>) -> Result<()> {
    match tx.batch_execute("set local session_replication_role = replica").await {
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => bail!(
            "the owner of the database may not put rows past the triggers; an administrator of the server must run \
             once: grant set on parameter session_replication_role to the owner's role;"
        ),
        other => Ok(other?),
    }
}

async fn put_in(tx: &Transaction<'_>, table: &Table) -> Result<u64> {
    let columns = columns(table);
    let sql = format!(
        "insert into {} ({columns}) overriding system value select {columns} from {}",
        table.quoted(),
        coming(table)
    );
    tx.execute(&sql, &[]).await.with_context(|| format!("cannot put the rows of {} in", table.quoted()))
}

/// The workspace's own row: its settings come back, what others decide about it stays.
async fn own_row(tx: &Transaction<'_>, all: &[Table], rules: &SwapRules<'_>, workspace: Uuid) -> Result<()> {
    let (name, stays) = rules.own;
    let table = all
        .iter()
        .find(|table| format!("{}.{}", table.schema, table.table) == name)
        .with_context(|| format!("there is no table {name}"))?;
    let set: Vec<String> = table
        .columns
        .iter()
        .filter(|column| !stays.contains(&column.name.as_str()))
        .map(|column| format!("{0} = c.{0}", quoted(&column.name)))
        .collect();
    let sql = format!(
        "update {} t set {} from {} c where t.id = $1 and c.id = t.id",
        table.quoted(),
        set.join(", "),
        coming(table)
    );
    match tx.execute(&sql, &[&workspace]).await? {
        1 => Ok(()),
        _ => bail!(
            "the workspace is not in both: it must be live, and have been there at the time of the backup"
        ),
    }
}

/// Every foreign key of the workspace's rows, also of those that stayed.
async fn check_keys(tx: &Transaction<'_>, all: &[Table], workspace: Uuid) -> Result<()> {
    let keys = tx
        .query(
            "select k.conname::text, k.conrelid::regclass::text, n.nspname::text, c.relname::text, k.confrelid::regclass::text,
               (select string_agg(format('t.%I is not null', a.attname), ' and ') from unnest(k.conkey) u(n)
                join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n),
               (select string_agg(format('p.%I = t.%I', f.attname, a.attname), ' and ')
                from unnest(k.conkey, k.confkey) u(n, m)
                join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n
                join pg_attribute f on f.attrelid = k.confrelid and f.attnum = u.m)
             from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
             where k.contype = 'f' and k.conparentid = 0 and c.relpersistence = 'p'",
            &[],
        )
        .await?;
    for key in keys {
        let (schema, table): (String, String) = (key.get(2), key.get(3));
        let whose = all
            .iter()
            .find(|it| it.schema == schema && it.table == table)
            .is_some_and(|it| it.columns.iter().any(|column| column.name == "workspace_id"));
        if !whose {
            continue;
        }
        let sql = format!(
            "select count(*) from {} t where t.workspace_id = $1 and {} and not exists (select from {} p where {})",
            key.get::<_, &str>(1),
            key.get::<_, &str>(5),
            key.get::<_, &str>(4),
            key.get::<_, &str>(6)
        );
        let orphans: i64 = tx.query_one(&sql, &[&workspace]).await?.get(0);
        if orphans > 0 {
            bail!(
                "nothing was swapped: {orphans} rows of {} would point to nothing ({})",
                quoted_table(&schema, &table),
                key.get::<_, &str>(0)
            );
        }
    }
    Ok(())
}
