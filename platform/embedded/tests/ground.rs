//! A folder of its own for each test, and looks at what runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rapport_embedded::Options;

/// The program that runs a command beside a cluster.
pub const TEST_CLUSTER: &str = env!("CARGO_BIN_EXE_rapport-test-cluster");
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder that goes with the test.
#[derive(Debug)]
pub struct Ground(PathBuf);

impl Ground {
    pub fn new() -> Ground {
        Ground::named("")
    }

    pub fn named(suffix: &str) -> Ground {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("rapport-embedded-{}-{number}{suffix}", std::process::id()));
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711)).unwrap();
        Ground(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn cluster(&self) -> PathBuf {
        self.0.join("cluster")
    }

    pub fn options(&self) -> Options {
        Options { data_dir: self.0.clone(), binaries: binaries(), ..Options::default() }
    }

    /// Starts another process that runs a cluster here and says `ready` when it does.
    pub fn other_process(&self) -> Child {
        Command::new(TEST_CLUSTER)
            .arg("--data")
            .arg(&self.0)
            .args(["--", "sh", "-c", "echo ready; read -r _"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn binaries() -> Option<PathBuf> {
    std::env::var_os("RAPPORT_PG_BIN").map(PathBuf::from)
}

pub async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub async fn one(client: &tokio_postgres::Client, query: &str) -> String {
    client.query_one(query, &[]).await.unwrap().get(0)
}

/// The server processes that work in this cluster.
pub fn occupants(cluster: &Path) -> Vec<i32> {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(cluster)))
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// The guards that a process has started.
pub fn guards_of(parent: u32) -> Vec<i32> {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| {
            let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            status.lines().any(|it| it == format!("PPid:\t{parent}")) && line.ends_with(b"rapport-guard\0")
        })
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// The first process of a cluster.
pub fn postmaster(cluster: &Path) -> i32 {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

pub fn kill(pid: i32) {
    signal(pid, rustix::process::Signal::KILL);
}

pub fn signal(pid: i32, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
}

pub async fn until(what: &str, mut true_now: impl FnMut() -> bool) {
    let began = Instant::now();
    while !true_now() {
        assert!(began.elapsed() < Duration::from_secs(10), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
