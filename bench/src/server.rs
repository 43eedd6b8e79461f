//! The database and the program under measurement.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rapport_embedded::{Cluster, Options};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::load;

/// A durable private PostgreSQL, as an installation has it.
pub async fn database(folder: &Path) -> Result<Cluster> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))?;
    let options = Options {
        data_dir: folder.join("postgres"),
        binaries: std::env::var_os("RAPPORT_PG_BIN").map(PathBuf::from),
        durable: true,
        ..Options::default()
    };
    let cluster = Cluster::start(options).await?;
    cluster.create_database("bench").await?;
    Ok(cluster)
}

/// Who measures: the owner of the large workspace.
pub struct Signed {
    /// Access token.
    pub token: String,
    /// Session cookie, for pages.
    pub cookie: String,
    /// Slug.
    pub slug: String,
    /// Workspace.
    pub workspace: Uuid,
}

/// The running program.
pub struct Server {
    program: PathBuf,
    folder: PathBuf,
    database_url: String,
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Server {
    /// Starts it and waits for its first answer.
    pub async fn start(program: &Path, folder: &Path, database_url: &str) -> Result<Self> {
        let (child, address) = launch(program, folder, database_url)?;
        let server = Self {
            program: program.into(),
            folder: folder.into(),
            database_url: database_url.into(),
            child,
            address,
        };
        server.answered().await?;
        Ok(server)
    }

    /// Stops and starts it; milliseconds to the first answer.
    pub async fn restart(&mut self) -> Result<f64> {
        self.stop().await;
        let began = Instant::now();
        (self.child, self.address) = launch(&self.program, &self.folder, &self.database_url)?;
        self.answered().await?;
        Ok(began.elapsed().as_secs_f64() * 1e3)
    }

    /// Ends it in order.
    pub async fn stop(&mut self) {
        if let Some(id) = self.child.id() {
            let _ = Command::new("kill").arg(id.to_string()).status().await;
        }
        let _ = self.child.wait().await;
    }

    /// Resident memory.
    pub fn memory_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()?))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kb: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kb / 1024.0)
    }

    /// Seconds of processor time used so far.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id()?))?;
        let fields: Vec<&str> = stat.rsplit_once(") ").context("no stat")?.1.split(' ').collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        // USER_HZ is 100 on every Linux that Rust supports.
        Ok(ticks / 100.0)
    }

    fn id(&self) -> Result<u32> {
        self.child.id().context("the program has ended")
    }

    async fn answered(&self) -> Result<()> {
        for _ in 0..1_000 {
            if load::once(&self.address, "GET", "/", &[], None)
                .await
                .is_ok_and(|(status, _, _)| status == 200)
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("the program does not answer")
    }

    /// Makes the large workspace and signs in.
    pub async fn sign_up(&self) -> Result<Signed> {
        let body = json!({"name": "Ada Morel", "email": "ada@bench.example", "password": "correct horse battery 9", "workspace_name": "Large"});
        let (status, _, answer) = load::once(
            &self.address,
            "POST",
            "/api/auth/signup",
            &[("content-type", "application/json")],
            Some(body.to_string()),
        )
        .await?;
        if status != 201 {
            bail!("sign-up: {status} {}", String::from_utf8_lossy(&answer));
        }
        let answer: Value = serde_json::from_slice(&answer)?;
        let cookie = self.browser().await?;
        Ok(Signed {
            token: answer["access_token"].as_str().context("no token")?.to_owned(),
            slug: answer["workspace"]["slug"].as_str().context("no slug")?.to_owned(),
            workspace: answer["workspace"]["id"].as_str().context("no id")?.parse()?,
            cookie,
        })
    }

    /// Signs in as a browser; its cookies.
    async fn browser(&self) -> Result<String> {
        let (_, headers, page) = load::once(&self.address, "GET", "/sign-in", &[], None).await?;
        let visitor = cookies(&headers);
        let page = String::from_utf8_lossy(&page).into_owned();
        let csrf = page
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .context("no proof in the form")?;
        let body = format!("csrf={csrf}&email=ada%40bench.example&password=correct+horse+battery+9");
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("cookie", visitor.as_str()),
            ("origin", "http://localhost:8080"),
        ];
        let (status, headers, _) =
            load::once(&self.address, "POST", "/sign-in", &headers, Some(body)).await?;
        if status != 303 {
            bail!("sign-in: {status}");
        }
        Ok(cookies(&headers))
    }
}

fn cookies(headers: &http::HeaderMap) -> String {
    let pairs: Vec<&str> = headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|line| line.to_str().ok()?.split(';').next())
        .collect();
    pairs.join("; ")
}

fn launch(program: &Path, folder: &Path, database_url: &str) -> Result<(Child, String)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let admin = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let address = format!("127.0.0.1:{port}");
    let child = Command::new(program)
        .arg("serve")
        .env("DATABASE_URL", database_url)
        .env("RAPPORT_DATA_DIR", folder.join("data"))
        .env("RAPPORT_LISTEN", &address)
        .env("RAPPORT_ADMIN_LISTEN", format!("127.0.0.1:{admin}"))
        .env("RAPPORT_API_PER_MINUTE", "100000000")
        .env("RAPPORT_LOG", "warn")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    Ok((child, address))
}
