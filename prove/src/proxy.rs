//! A way to a server on which the network can be lost: connections stay open, nothing passes.

use std::path::PathBuf;

use anyhow::Result;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, UnixStream},
    sync::watch,
    task::JoinHandle,
};

/// A running way, from a port on 127.0.0.1 to a socket. Dropping it ends it.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    open: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Opens a way.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(target: PathBuf) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (open, opened) = watch::channel(true);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (target, mut opened) = (target.clone(), opened.clone());
                tokio::spawn(async move {
                    // Whoever comes while nothing passes is let in and hears nothing.
                    opened.wait_for(|open| *open).await.ok()?;
                    let far = UnixStream::connect(target).await.ok()?;
                    let (near_in, near_out) = near.into_split();
                    let (far_in, far_out) = far.into_split();
                    let _ =
                        tokio::join!(pass(near_in, far_out, opened.clone()), pass(far_in, near_out, opened));
                    Some(())
                });
            }
        });
        Ok(Self { port, open, task })
    }

    /// From now on nothing passes, and no connection is told.
    pub fn swallow(&self) {
        self.open.send_replace(false);
    }

    /// Everything passes again, also what was held up.
    pub fn pass(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut open: watch::Receiver<bool>,
) -> Option<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await.ok()?;
        // An end is held up like everything else.
        open.wait_for(|open| *open).await.ok()?;
        if read == 0 {
            to.shutdown().await.ok()?;
            return Some(());
        }
        to.write_all(&buffer[..read]).await.ok()?;
    }
}
