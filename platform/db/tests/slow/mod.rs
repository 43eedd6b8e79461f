//! What the log tells of statements that take long.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use rapport_db::{Db, DbConfig};
use rapport_testkit::World;
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber,
};

const PRIVATE: &str = "Ada keeps 4711";
const ASKED: &str = "select $1::text from pg_sleep(0.2)";
const CHANGED: &str = "select pg_sleep(0.2), $1::text";

/// Hears what is logged, and what a trace would hold.
#[derive(Clone, Default)]
struct Ear {
    logged: Arc<Mutex<Vec<String>>>,
    traced: Arc<Mutex<Vec<String>>>,
}

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("rapport_db")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line::default();
        span.record(&mut line);
        self.traced.lock().unwrap().push(line.0);
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.logged.lock().unwrap().push(line.0);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

/// What is logged and traced of two statements of 0.2 seconds each, where one that takes `slow` is told of.
async fn told(slow: Duration) -> (Vec<String>, Vec<String>) {
    let world = World::start(Vec::new()).await;
    let config = DbConfig { slow, ..world.app.db.config().clone() };
    let db = Db::new(&config, world.app.clock.clone()).unwrap();
    let ear = Ear::default();
    // While only one listens, what the thread of another test logs first is remembered as heard by nobody.
    let second = Dispatch::new(Ear::default());
    let listening = subscriber::set_default(ear.clone());
    let tx = db.system().await.unwrap();
    let rows: Vec<(String,)> = tx.query(ASKED, &[&PRIVATE]).await.unwrap();
    assert_eq!(rows, [(PRIVATE.to_owned(),)]);
    tx.execute(CHANGED, &[&PRIVATE]).await.unwrap();
    tx.commit().await.unwrap();
    drop((listening, second));
    (ear.logged.lock().unwrap().clone(), ear.traced.lock().unwrap().clone())
}

#[tokio::test]
async fn a_statement_slower_than_the_limit_is_logged_with_its_text_and_never_with_its_values() {
    let (logged, traced) = told(Duration::from_millis(100)).await;
    let slow: Vec<&String> = logged.iter().filter(|line| line.contains("slow statement")).collect();
    assert_eq!(slow.len(), 2, "{logged:?}");
    for (line, sql) in slow.iter().zip([ASKED, CHANGED]) {
        assert!(line.contains(sql) && line.contains("ms="), "{line}");
    }
    for line in logged.iter().chain(&traced) {
        assert!(!line.contains("4711"), "{line}");
    }
}

#[tokio::test]
async fn a_statement_faster_than_the_limit_is_not_logged() {
    let (logged, traced) = told(Duration::from_secs(3_600)).await;
    assert!(!logged.iter().any(|line| line.contains("slow statement")), "{logged:?}");
    assert!([ASKED, CHANGED].iter().all(|sql| traced.iter().any(|line| line.contains(sql))), "{traced:?}");
}
