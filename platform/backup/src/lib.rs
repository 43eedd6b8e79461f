//! Backup and restore: what lies in the database at one instant, and the files, in a folder or bucket.
//!
//! A place holds any number of backups:
//!
//! ```text
//! keys/<key>.age                  the place's key, closed by the passphrase
//! files/<key>/<..>/<name>         files of the store, each once for all backups
//! backups/<id>/tables/<name>      one part per table that has rows
//! backups/<id>/files              which files belong to it, and under which keys
//! backups/<id>/files.index        the same without keys, for the next backup
//! backups/<id>/base                a copy of the private cluster, while its log is archived
//! backups/<id>/manifest           counts, sums, checksums, sequences, migrations
//! backups/<id>/backup             written last: without it the backup does not exist
//! kept/<id>/                     what a swap of one workspace took out, see [`swap`]
//! wal/<key>/<history>/<stretch>   the log of the private cluster, see [`archive`]
//! ```
//!
//! Parts are text, compressed by zstd and encrypted by age: `age -d part | zstd -d` reads one
//! without this program. Every part has its checksum in the manifest, the manifest in `backup`.
//!
//! This crate knows no business: what counts as money is told by [`Figure`]s.

pub mod archive;
mod backup;
mod catalogue;
mod compare;
pub mod database;
mod files;
mod kept;
mod load;
mod lock;
mod manifest;
mod part;
mod place;
mod progress;
mod restore;
mod retention;
mod rows;
pub mod rules;
mod snapshot;
mod swap;
mod tar;
mod transactions;
mod verify;

pub use backup::{Done, Order, backup};
pub use compare::{Difference, compare};
pub use kept::{is_kept, list as list_kept};
pub use lock::{Credentials, new_identity};
pub use manifest::{Envelope, Figure, Manifest};
pub use place::Place;
pub use progress::Progress;
pub use restore::{Restore, Restored, Source, restore};
pub use retention::{Pruned, prune};
pub use rules::{Keep, Line};
pub use swap::{Exchanged, Rows, Swap, SwapRules, Swapped, swap};
pub use verify::verify;
