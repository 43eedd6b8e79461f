//! A fresh database and a house around it.

use std::{
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use rapport_base::{Clock, Parts, Result, WorkspaceId};
use rapport_db::{App, Db, DbConfig, Origin, TenantTx};
use rapport_queue::{Enqueue, Job, JobCx, Outcome, Work};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static CLUSTER: LazyLock<String> = LazyLock::new(|| {
    std::env::var("RAPPORT_TEST_CLUSTER").expect("RAPPORT_TEST_CLUSTER is the owner's URL of a test cluster")
});

/// What jobs did, in order.
#[derive(Clone, Default)]
pub struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub fn write(&self, line: impl Into<String>) -> usize {
        let mut lines = self.0.lock().unwrap();
        lines.push(line.into());
        lines.len()
    }
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
    pub async fn has(&self, count: usize) {
        for _ in 0..1_500 {
            if self.0.lock().unwrap().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} lines were expected, these came: {:?}", self.lines());
    }
}

pub struct House {
    pub app: App,
    pub diary: Diary,
    pub workspace: WorkspaceId,
    pub owner: Client,
    pub name: String,
}

fn on(database: &str, role: Option<&str>) -> String {
    let (base, _) = CLUSTER.rsplit_once('/').unwrap();
    let (scheme, rest) = base.split_once("://").unwrap();
    let (user, host) = rest.rsplit_once('@').unwrap();
    format!("{scheme}://{}@{host}/{database}", role.unwrap_or(user))
}

pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn template() -> String {
    let name = format!("queue_template_{}", std::process::id());
    let cluster = connect(&CLUSTER).await;
    cluster.batch_execute(&format!("drop database if exists {name}")).await.unwrap();
    cluster.batch_execute(&format!("create database {name}")).await.unwrap();
    rapport_db::migrate(&on(&name, None)).await.unwrap();
    name
}

impl House {
    pub async fn new() -> Self {
        Self::with(Clock::system()).await
    }

    pub async fn with(clock: Clock) -> Self {
        static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let template = TEMPLATE.get_or_init(template).await;
        let name = format!("queue_{}", WorkspaceId::new().uuid().simple());
        let cluster = connect(&CLUSTER).await;
        {
            let _turn = ONE_AT_A_TIME.lock().await;
            cluster.batch_execute(&format!("create database {name} template {template}")).await.unwrap();
        }
        let owner = connect(&on(&name, None)).await;
        owner.batch_execute("create table public.effects (event uuid not null); grant all on public.effects to rapport_app").await.unwrap();
        let diary = Diary::default();
        let app = App {
            db: Db::new(&DbConfig::new(&on(&name, Some("rapport_app"))), clock.clone()).unwrap(),
            clock,
            parts: Parts::default().with(diary.clone()),
            public_url: "http://localhost".into(),
            events: Arc::new([]),
            permissions: Arc::new([]),
            lendable: Arc::new([]),
        };
        Self { app, diary, workspace: WorkspaceId::new(), owner, name }
    }

    /// The house as it is behind a pooler in transaction mode: nothing is prepared.
    pub fn behind_a_pooler(mut self) -> Self {
        let url = format!("{}?pgbouncer=true", self.app.db.url());
        self.app.db = Db::new(&DbConfig::new(&url), self.app.clock.clone()).unwrap();
        self
    }

    /// Notices are heard past the pooler.
    pub fn hearing_past_it(mut self) -> Self {
        let url = self.app.db.url().to_owned();
        let config =
            DbConfig { listen: Some(url.clone()), ..DbConfig::new(&format!("{url}?pgbouncer=true")) };
        self.app.db = Db::new(&config, self.app.clock.clone()).unwrap();
        self
    }

    pub fn owner_url(&self) -> String {
        on(&self.name, None)
    }

    pub async fn begin(&self) -> TenantTx {
        self.app.db.begin(self.workspace, Origin::system()).await.unwrap()
    }

    pub async fn enqueue<J: Job>(&self, job: &J, how: Enqueue) {
        let tx = self.begin().await;
        rapport_queue::enqueue(&tx, job, how).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.owner.query_one(sql, &[]).await.unwrap().get(0)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let name = self.name.clone();
        std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
                let _ = connect(&CLUSTER)
                    .await
                    .batch_execute(&format!("drop database if exists {name} with (force)"))
                    .await;
            });
        })
        .join()
        .unwrap();
    }
}

/// A job that writes its text into the diary, and then does what it says.
#[derive(Serialize, Deserialize)]
pub struct Note(pub String);

impl Job for Note {
    const NAME: &'static str = "test.note";
    const MAX_ATTEMPTS: i16 = 3;
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        cx.app.parts.get::<Diary>().write(format!("{}#{}", self.0, cx.attempt));
        match self.0.as_str() {
            "fail" => Err(rapport_base::Error::message("the provider is away")),
            "panic" => panic!("out of coffee"),
            "refuse" => Err(rapport_base::Refusal::conflict("tests.no", "Not this one.").into()),
            "later" if cx.attempt == 1 => Ok(Outcome::Retry(Duration::from_secs(60))),
            _ => Ok(Outcome::Done),
        }
    }
}

pub fn notes() -> Work {
    Work { jobs: vec![rapport_queue::JobInfo::of::<Note>()], ..Work::default() }
}
