//! Servers of other people, which can fall silent: `scripts/with-counterparts` brings them.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};

/// A server that runs until it is dropped.
pub struct Outside {
    child: Child,
}

impl Outside {
    /// Starts a server that will listen at an address, and waits until it does.
    ///
    /// # Errors
    /// When it is not installed, or does not listen in time.
    pub async fn start(program: &str, arguments: &[&str], address: SocketAddr) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{program} is missing; scripts/with-counterparts brings it"))?;
        for _ in 0..300 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(Self { child });
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("{program} does not listen at {address}")
    }

    /// From now on it neither answers nor closes anything.
    pub fn fall_silent(&self) {
        self.signal(Signal::STOP);
    }

    /// It goes on where it was.
    pub fn speak(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        if let Some(pid) = pid {
            let _ = kill_process(pid, signal);
        }
    }
}

/// An address of this machine that nobody listens at.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
