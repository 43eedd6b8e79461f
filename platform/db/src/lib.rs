//! The door to PostgreSQL: pipelined transactions behind the wall between
//! tenants, the spine of events, and the migrations.
//!
//! A module holds a [`TenantTx`] and nothing else; [`SystemTx`] is for what
//! happens before or between workspaces, each use a named function.

mod address;
mod app;
mod bulk;
mod claim;
mod condition;
mod connection;
mod error;
mod event;
mod flights;
mod indexes;
mod listen;
mod migrate;
mod pool;
mod pulse;
mod replica;
mod row;
mod server;
mod slow;
mod system;
mod tenant;
mod touched;

pub use address::{Address, Wire};
pub use app::App;
pub use claim::{Claim, claiming};
pub use condition::{Condition, OLDEST_VERSION, look};
pub use error::{constraint, is_unique_violation};
pub use event::{About, ActorKind, Event, EventInfo, EventRecord, Origin};
pub use flights::{Traffic, counted};
pub use listen::Wake;
pub use migrate::{Migration, migrate, migrate_some, migrations};
pub use pool::{Db, DbConfig, Statements};
pub use rapport_base::sql::{Param, PgType};
pub use row::{Columns, FromRow};
pub use system::SystemTx;
pub use tenant::{Built, TenantTx};
pub use tokio_postgres::Row;

/// The values bound to a statement.
pub type Params<'a> = &'a [&'a dyn Param];
