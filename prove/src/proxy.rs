//! A way to a server on which the network can be lost: connections stay open, nothing passes.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream, UnixStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

/// Connections that the kernel takes before anyone accepts them.
const QUEUE: u32 = 64;
/// A connection on this machine that has not come about by then does not.
const PROMPT: Duration = Duration::from_millis(200);

/// What becomes of bytes and connections.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Network {
    Passes,
    /// Connections come about, and nothing passes on any.
    Swallows,
    /// Not even those who wish to connect are answered.
    Silent,
}

/// A running way, from a port on 127.0.0.1 to a socket. Dropping it ends it.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    network: watch::Sender<Network>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Opens a way.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(target: PathBuf) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let listener = socket.listen(QUEUE)?;
        let address = listener.local_addr()?;
        let (network, watched) = watch::channel(Network::Passes);
        let task = tokio::spawn(async move {
            // It ends by being told to.
            let _ = accept(&listener, address, &target, watched).await;
        });
        Ok(Self { port: address.port(), network, task })
    }

    /// From now on nothing passes, and no connection is told. Whoever comes is let in and hears nothing.
    pub fn swallow(&self) {
        self.network.send_replace(Network::Swallows);
    }

    /// Nor is anybody let in any more: a connect is not answered.
    pub fn fall_silent(&self) {
        self.network.send_replace(Network::Silent);
    }

    /// Everything passes again, also what was held up.
    pub fn pass(&self) {
        self.network.send_replace(Network::Passes);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: &TcpListener,
    address: SocketAddr,
    target: &Path,
    mut network: watch::Receiver<Network>,
) -> Option<()> {
    let mut ours: Vec<SocketAddr> = Vec::new();
    loop {
        let now = *network.borrow_and_update();
        if now == Network::Silent {
            // While the queue is full and nobody accepts, the kernel answers no one.
            let queued = fill(address).await;
            ours.extend(queued.iter().filter_map(|stream| stream.local_addr().ok()));
            network.wait_for(|network| *network != Network::Silent).await.ok()?;
        }
        tokio::select! {
            accepted = listener.accept() => {
                let (near, from) = accepted.ok()?;
                match ours.iter().position(|at| *at == from) {
                    Some(at) => {
                        ours.swap_remove(at);
                    }
                    None => {
                        tokio::spawn(carry(near, target.to_path_buf(), network.clone()));
                    }
                }
            }
            changed = network.changed() => changed.ok()?,
        }
    }
}

/// Fills the queue of a listener that does not accept.
async fn fill(address: SocketAddr) -> Vec<TcpStream> {
    let mut queued = Vec::new();
    while let Ok(Ok(stream)) = timeout(PROMPT, TcpStream::connect(address)).await {
        queued.push(stream);
    }
    queued
}

async fn carry(near: TcpStream, target: PathBuf, mut network: watch::Receiver<Network>) -> Option<()> {
    network.wait_for(passes).await.ok()?;
    let far = UnixStream::connect(target).await.ok()?;
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let _ = tokio::join!(pass(near_in, far_out, network.clone()), pass(far_in, near_out, network));
    Some(())
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut network: watch::Receiver<Network>,
) -> Option<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await.ok()?;
        // An end is held up like everything else.
        network.wait_for(passes).await.ok()?;
        if read == 0 {
            to.shutdown().await.ok()?;
            return Some(());
        }
        to.write_all(&buffer[..read]).await.ok()?;
    }
}

fn passes(network: &Network) -> bool {
    *network == Network::Passes
}

#[cfg(test)]
mod tests {
    use tokio::net::UnixListener;

    use super::*;

    async fn greeted(way: &Proxy) -> bool {
        let greeted = async {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, way.port)).await.ok()?;
            stream.read_u8().await.ok()
        };
        matches!(timeout(Duration::from_secs(5), greeted).await, Ok(Some(7)))
    }

    #[tokio::test]
    async fn a_silent_network_answers_no_one_and_one_that_passes_again_everyone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("server");
        let server = UnixListener::bind(&target).unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = server.accept().await {
                let _ = stream.write_u8(7).await;
            }
        });
        let way = Proxy::start(target).await.unwrap();
        assert!(greeted(&way).await);

        way.swallow();
        tokio::time::sleep(PROMPT).await;
        let at = (Ipv4Addr::LOCALHOST, way.port);
        assert!(timeout(Duration::from_secs(1), TcpStream::connect(at)).await.is_ok());
        way.fall_silent();
        tokio::time::sleep(5 * PROMPT).await;
        assert!(timeout(Duration::from_secs(1), TcpStream::connect(at)).await.is_err());

        way.pass();
        assert!(greeted(&way).await);
    }
}
