//! A ZIP that is written while it is sent: what goes in on one end comes out on the other, packed, and
//! memory stays the same whatever the size.

use std::io::{self, BufWriter, Write};

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures::Stream;
use sha2::{Digest, Sha256};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::manifest::Part;

/// Bytes handed on at once.
const PIECE: usize = 256 * 1024;
/// Pieces on their way.
const DEPTH: usize = 8;

/// Said when nobody takes the bytes any more.
pub(crate) const GONE: &str = "whoever takes the export stopped taking it";

enum Step {
    Entry { name: String, packed: bool },
    Bytes(Bytes),
}

/// The end that takes entries.
pub(crate) struct Pack {
    steps: mpsc::Sender<Step>,
    writer: JoinHandle<Result<()>>,
    entry: Option<Entry>,
    waiting: Vec<u8>,
}

struct Entry {
    path: String,
    bytes: u64,
    digest: Sha256,
}

impl Pack {
    /// A ZIP, and its bytes as they come.
    pub(crate) fn new() -> (Self, impl Stream<Item = io::Result<Bytes>> + Send + 'static) {
        let (steps, taken) = mpsc::channel(DEPTH);
        let (out, packed) = mpsc::channel(DEPTH);
        let writer = tokio::task::spawn_blocking(move || write(taken, Out(out)));
        (Self { steps, writer, entry: None, waiting: Vec::with_capacity(PIECE) }, ReceiverStream::new(packed))
    }

    /// Begins an entry; `packed` where packing makes it smaller.
    pub(crate) async fn begin(&mut self, name: &str, packed: bool) -> Result<()> {
        self.entry = Some(Entry { path: name.to_owned(), bytes: 0, digest: Sha256::new() });
        self.step(Step::Entry { name: name.to_owned(), packed }).await
    }

    /// Adds to the entry.
    pub(crate) async fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let entry = self.entry.as_mut().context("an entry was begun")?;
        entry.bytes += bytes.len() as u64;
        entry.digest.update(bytes);
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE { self.hand_on().await } else { Ok(()) }
    }

    /// Ends the entry, and says what went into it.
    pub(crate) async fn end(&mut self) -> Result<Part> {
        self.hand_on().await?;
        let entry = self.entry.take().context("an entry was begun")?;
        let sha256 = HEXLOWER.encode(&entry.digest.finalize());
        Ok(Part { path: entry.path, bytes: entry.bytes, sha256 })
    }

    /// A whole entry.
    pub(crate) async fn entry(&mut self, name: &str, text: &str) -> Result<Part> {
        self.begin(name, true).await?;
        self.push(text.as_bytes()).await?;
        self.end().await
    }

    /// Ends the ZIP. One that is dropped before is cut off: its reader gets an error, never an end.
    pub(crate) async fn finish(self) -> Result<()> {
        let Self { steps, writer, .. } = self;
        steps.send(Step::Entry { name: String::new(), packed: false }).await.map_err(|_| gone())?;
        drop(steps);
        writer.await?
    }

    async fn hand_on(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.waiting, Vec::with_capacity(PIECE));
        self.step(Step::Bytes(piece.into())).await
    }

    async fn step(&self, step: Step) -> Result<()> {
        self.steps.send(step).await.map_err(|_| gone())
    }
}

fn gone() -> anyhow::Error {
    anyhow!(GONE)
}

/// The end that gives bytes away.
struct Out(mpsc::Sender<io::Result<Bytes>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        self.0.blocking_send(Ok(piece)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(mut steps: mpsc::Receiver<Step>, out: Out) -> Result<()> {
    let told = out.0.clone();
    let written = pack(&mut steps, out);
    if let Err(error) = &written {
        // The reader must not take what came so far for the whole.
        let _ = told.blocking_send(Err(io::Error::other(error.to_string())));
    }
    written
}

fn pack(steps: &mut mpsc::Receiver<Step>, out: Out) -> Result<()> {
    let mut zip = ZipWriter::new_stream(BufWriter::with_capacity(PIECE, out));
    while let Some(step) = steps.blocking_recv() {
        match step {
            Step::Entry { name, .. } if name.is_empty() => {
                zip.finish()?.into_inner().flush()?;
                return Ok(());
            }
            Step::Entry { name, packed } => {
                let method = if packed { CompressionMethod::Deflated } else { CompressionMethod::Stored };
                // Sizes are not known before, so every entry may be large.
                let options = SimpleFileOptions::default()
                    .compression_method(method)
                    .large_file(true)
                    .unix_permissions(0o600);
                zip.start_file(name, options)?;
            }
            Step::Bytes(bytes) => zip.write_all(&bytes)?,
        }
    }
    Err(anyhow!("the export was broken off"))
}
