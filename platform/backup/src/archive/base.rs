//! A copy of the cluster's folder while it is written to, from which the log leads on.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{History, rules};
use crate::{
    database,
    lock::Closing,
    manifest::Part,
    part,
    place::Place,
    progress::Progress,
    rules::size,
    tar::{BLOCK, Entry},
};

const CHUNK: usize = 128 * 1024;
/// Folders whose content belongs to the running server; they come back empty.
const EMPTY: &[&str] = &[
    "pg_wal",
    "pg_replslot",
    "pg_dynshmem",
    "pg_notify",
    "pg_serial",
    "pg_snapshots",
    "pg_stat_tmp",
    "pg_subtrans",
    "log",
];
/// Files that belong to the running server.
const LEFT_OUT: &[&str] = &[
    "postmaster.pid",
    "postmaster.opts",
    "backup_label",
    "tablespace_map",
    "recovery.signal",
    "standby.signal",
    "backup_manifest",
];
/// Copied last: it says where recovery begins if the label is lost.
const CONTROL: &str = "global/pg_control";

/// A copy of the cluster, as the backup it belongs to says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The copy.
    pub part: Part,
    /// Which cluster.
    pub system: String,
    /// Its line of history.
    pub timeline: u32,
    /// Bytes of a segment of the log.
    pub segment: u64,
    /// Where the log that it needs begins.
    pub from: String,
    /// Where it is whole: no earlier point is reached from it.
    pub to: String,
    /// When that was.
    pub whole_at: Timestamp,
}

impl Base {
    pub(crate) fn history(&self, key: &str) -> History {
        History { key: key.to_owned(), system: self.system.clone(), timeline: self.timeline }
    }
    /// The first byte of the log that it needs: a segment's first page tells whose it is.
    pub(crate) fn begins(&self) -> u64 {
        rules::parse_lsn(&self.from).map_or(0, |from| rules::segment_start(from, self.segment.max(1)))
    }
}

/// Copies the cluster's folder.
pub(crate) async fn take(
    owner_url: &str,
    place: &Place,
    closing: &Closing,
    id: &str,
    progress: &Progress,
) -> Result<Base> {
    // pg_backup_stop belongs to the session of pg_backup_start.
    let client = database::connect(owner_url).await?;
    let row = client
        .query_one(
            "select current_setting('data_directory'),
               (select system_identifier::text from pg_control_system()),
               substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
               (select setting::bigint from pg_settings where name = 'wal_segment_size'),
               (select count(*) from pg_tablespace where spcname not in ('pg_default', 'pg_global'))",
            &[],
        )
        .await?;
    if row.get::<_, i64>(4) > 0 {
        bail!("the cluster has tablespaces of its own, which a base does not copy");
    }
    let folder: PathBuf = row.get::<_, String>(0).into();
    progress.step("copying the cluster");
    let from: String = client.query_one("select pg_backup_start($1, true)::text", &[&id]).await?.get(0);
    let (send, input) = mpsc::channel::<Result<Bytes>>(8);
    let reading = async {
        let done = async {
            let out = send.clone();
            let told = progress.clone();
            tokio::task::spawn_blocking(move || walk(&folder, &out, &told)).await??;
            let stop = client
                .query_one(
                    "select lsn::text, labelfile, spcmapfile, clock_timestamp() from pg_backup_stop(false)",
                    &[],
                )
                .await?;
            let mut end =
                entry(&Entry::file("backup_label", stop.get::<_, &str>(1).len() as u64), stop.get(1))?;
            end.resize(end.len() + 2 * BLOCK, 0);
            let _ = send.send(Ok(end.into())).await;
            let at: std::time::SystemTime = stop.get(3);
            Ok::<_, anyhow::Error>((stop.get::<_, String>(0), Timestamp::try_from(at)?))
        }
        .await;
        if let Err(error) = &done {
            let _ = send.send(Err(anyhow::anyhow!("{error:#}"))).await;
        }
        drop(send);
        done
    };
    let path = format!("backups/{id}/base");
    let packing = part::pack(place, &path, &closing.recipient, ReceiverStream::new(input));
    let (done, packed) = futures::join!(reading, packing);
    let ((part, _), (to, whole_at)) = (packed.context("cannot copy the cluster")?, done?);
    progress.step(&format!("the cluster is copied, {} stored", size(part.stored_bytes)));
    Ok(Base {
        part,
        system: row.get(1),
        timeline: u32::from_str_radix(row.get(2), 16)?,
        segment: u64::try_from(row.get::<_, i64>(3))?,
        from,
        to,
        whole_at,
    })
}

fn entry(entry: &Entry, content: &str) -> Result<Vec<u8>> {
    let mut bytes = entry.head()?.to_vec();
    bytes.extend_from_slice(content.as_bytes());
    bytes.resize(bytes.len() + entry.padding(), 0);
    Ok(bytes)
}

type Out = mpsc::Sender<Result<Bytes>>;

fn walk(root: &Path, out: &Out, progress: &Progress) -> Result<()> {
    let mut copied = 0;
    folder(root, Path::new(""), out, &mut copied, progress)?;
    file(root, CONTROL, out, &mut copied)
}

fn folder(root: &Path, below: &Path, out: &Out, copied: &mut u64, progress: &Progress) -> Result<()> {
    let here = root.join(below);
    let failed = || format!("cannot read {}", here.display());
    for found in std::fs::read_dir(&here).with_context(failed)? {
        let found = found.with_context(failed)?;
        let path = below.join(found.file_name());
        let name = path.to_str().context("a file of the cluster has a name that is not UTF-8")?;
        // A table that was dropped meanwhile is gone; the log says so, too.
        let Ok(kind) = found.file_type() else { continue };
        if kind.is_dir() {
            send(out, Entry::folder(name).head()?.to_vec())?;
            if !EMPTY.contains(&name) && !is_temporary(&path) {
                folder(root, &path, out, copied, progress)?;
            }
        } else if kind.is_file() && name != CONTROL && !LEFT_OUT.contains(&name) && !is_temporary(&path) {
            file(root, name, out, copied)?;
            progress.far(|| format!("cluster: {}", size(*copied)));
        }
    }
    Ok(())
}

/// What the server makes anew by itself.
fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("pgsql_tmp") || name.starts_with("pg_internal.init")
}

/// A file of the size it has at first, whatever happens to it meanwhile: the log mends it.
fn file(root: &Path, name: &str, out: &Out, copied: &mut u64) -> Result<()> {
    let path = root.join(name);
    let mut open = match File::open(&path) {
        Ok(open) => open,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let entry = Entry::file(name, open.metadata()?.len());
    send(out, entry.head()?.to_vec())?;
    let mut left = entry.bytes;
    while left > 0 {
        let wanted = usize::try_from(left.min(CHUNK as u64))?;
        let mut chunk = vec![0; wanted];
        let mut filled = 0;
        while filled < wanted {
            match open.read(&mut chunk[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        left -= wanted as u64;
        *copied += wanted as u64;
        send(out, chunk)?;
    }
    send(out, vec![0; entry.padding()])
}

fn send(out: &Out, bytes: Vec<u8>) -> Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    out.blocking_send(Ok(bytes.into())).map_err(|_| anyhow::anyhow!("writing stopped"))
}
