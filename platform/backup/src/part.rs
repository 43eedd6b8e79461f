//! Parts on their way in and out: compressed, encrypted, hashed, never whole in memory.

use std::io::{self, Read, Write};

use age::x25519;
use anyhow::{Context, Result, anyhow, bail};
use bytes::{Bytes, BytesMut};
use data_encoding::HEXLOWER;
use futures::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, sync::mpsc};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    manifest::Part,
    place::Place,
    rows::{Adding, RowSum},
};

const LEVEL: i32 = 3;
const CHUNK: usize = 128 * 1024;
const QUEUE: usize = 4;

enum Feed {
    Bytes(Bytes),
    End,
}

/// Writes a stream as a part; counts it as rows, too.
pub(crate) async fn pack<S>(
    place: &Place,
    path: &str,
    recipient: &x25519::Recipient,
    input: S,
) -> Result<(Part, RowSum)>
where
    S: Stream<Item = Result<Bytes>>,
{
    let (feed, fed) = mpsc::channel(QUEUE);
    let (out, mut stored) = mpsc::channel(QUEUE);
    let recipient = recipient.clone();
    let work = tokio::task::spawn_blocking(move || squeeze(fed, out, &recipient));
    let mut writer = place.writer(path);
    let writing = async {
        while let Some(bytes) = stored.recv().await {
            writer.put(bytes).await?;
        }
        // Closed here, so that the work ends when writing failed.
        stored.close();
        Ok::<_, object_store::Error>(())
    };
    let (read, written) = futures::join!(pour(input, feed), writing);
    let worked = work.await.context("packing broke off")?;
    let packed = (|| {
        read?;
        written?;
        worked
    })();
    let written = match packed {
        Ok((bytes, stored_bytes, sha256, rows)) => {
            let part = Part { path: path.to_owned(), bytes, stored_bytes, sha256 };
            writer.shutdown().await.map(|()| (part, rows)).map_err(anyhow::Error::from)
        }
        // Only what was not closed can be taken back.
        Err(error) => {
            let _ = writer.abort().await;
            Err(error)
        }
    };
    written.with_context(|| format!("cannot write {path}"))
}

/// Hands the stream on in larger chunks. Who takes them says why when he stops.
async fn pour<S: Stream<Item = Result<Bytes>>>(input: S, feed: mpsc::Sender<Feed>) -> Result<()> {
    let mut input = std::pin::pin!(input);
    let mut gathered = BytesMut::with_capacity(CHUNK);
    while let Some(bytes) = input.next().await {
        gathered.extend_from_slice(&bytes?);
        if gathered.len() >= CHUNK && feed.send(Feed::Bytes(gathered.split().freeze())).await.is_err() {
            return Ok(());
        }
    }
    if !gathered.is_empty() && feed.send(Feed::Bytes(gathered.freeze())).await.is_err() {
        return Ok(());
    }
    let _ = feed.send(Feed::End).await;
    Ok(())
}

type Squeezed = (u64, u64, String, RowSum);

fn squeeze(
    mut fed: mpsc::Receiver<Feed>,
    out: mpsc::Sender<Bytes>,
    recipient: &x25519::Recipient,
) -> Result<Squeezed> {
    let sink = Sink { out, gathered: BytesMut::with_capacity(CHUNK), hash: Sha256::new(), bytes: 0 };
    let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient as &dyn age::Recipient))?;
    let mut writer = zstd::stream::write::Encoder::new(encryptor.wrap_output(sink)?, LEVEL)?;
    writer.include_checksum(true)?;
    let mut rows = Adding::default();
    let mut bytes = 0;
    loop {
        match fed.blocking_recv() {
            Some(Feed::Bytes(chunk)) => {
                bytes += chunk.len() as u64;
                rows.push(&chunk);
                writer.write_all(&chunk)?;
            }
            Some(Feed::End) => break,
            None => bail!("the data broke off"),
        }
    }
    let mut sink = writer.finish()?.finish()?;
    sink.flush()?;
    Ok((bytes, sink.bytes, HEXLOWER.encode(&sink.hash.finalize()), rows.done()))
}

/// Hashes what is stored and hands it on.
struct Sink {
    out: mpsc::Sender<Bytes>,
    gathered: BytesMut,
    hash: Sha256,
    bytes: u64,
}

impl Write for Sink {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(buf);
        if self.gathered.len() >= CHUNK {
            self.flush()?;
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let chunk = self.gathered.split().freeze();
        self.hash.update(&chunk);
        self.bytes += chunk.len() as u64;
        self.out.blocking_send(chunk).map_err(|_| io::Error::other("writing stopped"))
    }
}

/// Reads a part as a stream that ends with an error unless it was whole and unharmed.
pub(crate) async fn unpack(
    place: &Place,
    part: &Part,
    identity: &x25519::Identity,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let mut input = place.stream(&part.path).await?;
    let (feed, fed) = mpsc::channel::<io::Result<Bytes>>(QUEUE);
    let (out, plain) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        while let Some(bytes) = input.next().await {
            if feed.send(bytes.map_err(io::Error::other)).await.is_err() {
                break;
            }
        }
    });
    let (part, identity) = (part.clone(), identity.clone());
    tokio::task::spawn_blocking(move || {
        if let Err(error) = unsqueeze(fed, &out, &part, &identity) {
            let _ = out.blocking_send(Err(error.context(format!("{} is damaged", part.path))));
        }
    });
    Ok(ReceiverStream::new(plain).boxed())
}

fn unsqueeze(
    fed: mpsc::Receiver<io::Result<Bytes>>,
    out: &mpsc::Sender<Result<Bytes>>,
    part: &Part,
    identity: &x25519::Identity,
) -> Result<()> {
    let mut source = Source { fed, current: Bytes::new(), hash: Sha256::new(), bytes: 0 };
    let mut bytes = 0;
    {
        let decryptor = age::Decryptor::new(&mut source)?;
        let plain = decryptor.decrypt(std::iter::once(identity as &dyn age::Identity))?;
        let mut reader = zstd::stream::read::Decoder::new(plain)?;
        loop {
            let mut chunk = BytesMut::zeroed(CHUNK);
            let read = reader.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            chunk.truncate(read);
            if out.blocking_send(Ok(chunk.freeze())).is_err() {
                return Ok(());
            }
        }
    }
    io::copy(&mut source, &mut io::sink())?;
    if source.bytes != part.stored_bytes || bytes != part.bytes {
        bail!("{} bytes are there instead of {}", source.bytes, part.stored_bytes);
    }
    // What no manifest lists has no checksum there; age and zstd notice a change by themselves.
    if !part.sha256.is_empty() && HEXLOWER.encode(&source.hash.finalize()) != part.sha256 {
        bail!("its checksum is another");
    }
    Ok(())
}

/// Hashes what is stored on its way in.
struct Source {
    fed: mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
    hash: Sha256,
    bytes: u64,
}

impl Read for Source {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.fed.blocking_recv() {
                Some(chunk) => {
                    self.current = chunk?;
                    self.hash.update(&self.current);
                    self.bytes += self.current.len() as u64;
                }
                None => return Ok(0),
            }
        }
        let taken = self.current.split_to(buf.len().min(self.current.len()));
        buf[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}

/// Writes text as a part.
pub(crate) async fn pack_text(
    place: &Place,
    path: &str,
    recipient: &x25519::Recipient,
    text: String,
) -> Result<Part> {
    let once = futures::stream::iter([Ok(Bytes::from(text))]);
    Ok(pack(place, path, recipient, once).await?.0)
}

/// Reads a part of text whole.
pub(crate) async fn unpack_text(place: &Place, part: &Part, identity: &x25519::Identity) -> Result<String> {
    let bytes: BytesMut = unpack(place, part, identity)
        .await?
        .try_fold(BytesMut::new(), async |mut all, chunk| {
            all.extend_from_slice(&chunk);
            Ok(all)
        })
        .await?;
    String::from_utf8(bytes.to_vec()).map_err(|_| anyhow!("{} is no text", part.path))
}

#[cfg(test)]
mod tests {
    use age::x25519::Identity;
    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn a_part_that_cannot_be_closed_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::open(&folder.path().to_string_lossy()).unwrap();
        std::fs::create_dir_all(folder.path().join("taken/by a folder")).unwrap();
        let input = stream::iter([Ok(Bytes::from_static(b"row\n"))]);
        let recipient = Identity::generate().to_public();
        let error = pack(&place, "taken", &recipient, input).await.unwrap_err();
        assert!(format!("{error:#}").contains("cannot write taken: "), "{error:#}");
    }
}
