//! The program under measurement, and its private PostgreSQL.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rapport_bench::{
    http,
    program::{Launch, Program},
};
use rapport_embedded::Neighbour;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);
const DATABASE: &str = "rapport";
const EMAIL: &str = "ada@bench.example";

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
    launch: Launch,
    program: Program,
    cluster: PathBuf,
}

impl Server {
    /// Starts it over an empty folder and waits until it is ready.
    pub async fn start(program: &Path, folder: &Path) -> Result<Self> {
        // The database may run as another user, who must come through.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))?;
        let data = folder.join("data");
        let launch = Launch::serve(program, &data)?;
        let (program, _) = launch.start_ready(PATIENCE).await?;
        Ok(Self { launch, program, cluster: data.join("postgres") })
    }

    /// Stops it with its PostgreSQL and starts both; milliseconds to the first answer.
    pub async fn restart(self) -> Result<(Self, f64)> {
        let Self { launch, program, cluster } = self;
        program.stop().await?;
        let (program, took) = launch.start_ready(PATIENCE).await?;
        Ok((Self { launch, program, cluster }, took.as_secs_f64() * 1e3))
    }

    /// The database as its owner. Where it is reached may change with a restart.
    pub fn owner_url(&self) -> Result<String> {
        Ok(self.database()?.owner_url(DATABASE))
    }

    /// The database as the serving role.
    pub fn app_url(&self) -> Result<String> {
        Ok(self.database()?.app_url(DATABASE))
    }

    fn database(&self) -> Result<Neighbour> {
        Neighbour::find(&self.cluster).context("the private PostgreSQL does not run")
    }

    /// Ends it in order.
    pub async fn stop(self) -> Result<()> {
        self.program.stop().await.map(drop)
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.launch.address
    }

    /// Resident memory.
    pub fn memory_mb(&self) -> Result<f64> {
        self.program.memory_mb()
    }

    /// The most memory that was ever resident.
    pub fn peak_memory_mb(&self) -> Result<f64> {
        self.program.peak_memory_mb()
    }

    /// Seconds of processor time used so far.
    pub fn cpu_seconds(&self) -> Result<f64> {
        self.program.cpu_seconds()
    }

    /// Makes the large workspace and signs in.
    pub async fn sign_up(&self) -> Result<Signed> {
        let answer = http::sign_up(self.address(), EMAIL, "Large").await?;
        Ok(Signed {
            token: answer["access_token"].as_str().context("no token")?.to_owned(),
            slug: answer["workspace"]["slug"].as_str().context("no slug")?.to_owned(),
            workspace: answer["workspace"]["id"].as_str().context("no id")?.parse()?,
            cookie: self.browser().await?,
        })
    }

    /// Signs in as a browser; its cookies.
    async fn browser(&self) -> Result<String> {
        let (_, headers, page) = http::once(self.address(), "GET", "/sign-in", &[], None).await?;
        let visitor = cookies(&headers);
        let page = String::from_utf8_lossy(&page).into_owned();
        let csrf = page
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .context("no proof in the form")?;
        let (email, password) = (EMAIL.replace('@', "%40"), http::PASSWORD.replace(' ', "+"));
        let body = format!("csrf={csrf}&email={email}&password={password}");
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("cookie", visitor.as_str()),
            ("origin", "http://localhost:8080"),
        ];
        let (status, headers, _) =
            http::once(self.address(), "POST", "/sign-in", &headers, Some(body)).await?;
        if status != 303 {
            bail!("sign-in: {status}");
        }
        Ok(cookies(&headers))
    }
}

fn cookies(headers: &::http::HeaderMap) -> String {
    let pairs: Vec<&str> = headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|line| line.to_str().ok()?.split(';').next())
        .collect();
    pairs.join("; ")
}
