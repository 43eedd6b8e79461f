//! For tests: programs of other people that ours are held against, started on a free loopback port.
//! `scripts/with-counterparts` installs them; without it such tests say that they skip.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::net::TcpStream;

/// How long one may take to answer, in steps of a tenth of a second.
const PATIENCE: usize = 300;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Counterpart {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a server with the arguments it takes for an address; nothing if it is not installed.
///
/// # Panics
/// When it does not listen in time, and when it is missing though `scripts/with-counterparts` ran.
pub async fn start(program: &str, args: impl FnOnce(SocketAddr) -> Vec<String>) -> Option<Counterpart> {
    let address = free_address();
    let started =
        Command::new(program).args(args(address)).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(process) = started else {
        skip(&format!("{program} is not on PATH"));
        return None;
    };
    let server = Counterpart { process, address };
    for _ in 0..PATIENCE {
        if TcpStream::connect(address).await.is_ok() {
            return Some(server);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{program} did not start")
}

/// An S3 server with a bucket, `moto_server` of the Python package `moto[server]`.
///
/// # Panics
/// As [`start`]; when the bucket cannot be made.
pub async fn s3(bucket: &str) -> Option<Counterpart> {
    let args = |at: SocketAddr| vec!["-H".into(), at.ip().to_string(), "-p".into(), at.port().to_string()];
    let server = start("moto_server", args).await?;
    let answer = put(server.address, bucket).expect("an answer about the bucket");
    assert!(answer.starts_with("HTTP/1.1 200"), "the bucket is made: {answer}");
    Some(server)
}

fn put(to: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = std::net::TcpStream::connect(to)?;
    let request =
        format!("PUT /{path} HTTP/1.1\r\nHost: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Something to hold ours against is missing: fine, unless it was asked for.
///
/// # Panics
/// When `scripts/with-counterparts` ran.
pub fn skip(what: &str) {
    assert!(std::env::var_os("RAPPORT_COUNTERPARTS").is_none(), "{what}");
    eprintln!("SKIPPED: {what} (scripts/with-counterparts cargo test)");
}

/// A loopback address nobody listens on.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}
