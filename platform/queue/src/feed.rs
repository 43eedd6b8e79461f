//! The spine live: what happens in a workspace, as it happens.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, Weak},
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt, stream::BoxStream};
use rapport_base::{Result, WorkspaceId};
use rapport_db::{App, Db, EventRecord, FromRow, Params, Row, Wake};
use tokio::sync::broadcast;
use uuid::Uuid;

const BATCH: usize = 500;
/// How far a reader may fall behind before its stream ends.
const BACKLOG: usize = 256;
/// What may be resumed; beyond it a reader starts anew.
const RESUMED: usize = 1_000;

type Channels = Mutex<HashMap<WorkspaceId, broadcast::Sender<EventRecord>>>;

/// One reader of the spine per process, for any number of open pages. Cheap to clone.
#[derive(Clone)]
pub struct Feed {
    channels: Arc<Channels>,
    db: Db,
}

impl Feed {
    /// Starts reading from now on; ends with the last clone.
    ///
    /// # Errors
    /// Busy or a bug when the database cannot say where "now" is.
    pub async fn start(app: &App) -> Result<Self> {
        let channels = Arc::new(Channels::default());
        let place = horizon(&app.db).await?;
        let wake = Wake::listen(app.db.listen_url(), "spine", Duration::from_secs(1));
        tokio::spawn(read(app.db.clone(), Arc::downgrade(&channels), wake, place));
        Ok(Self { channels, db: app.db.clone() })
    }

    /// What happens in a workspace from now on. The stream ends when its reader
    /// falls too far behind; it then resumes with [`Feed::since`].
    ///
    /// To resume without a gap: subscribe, then read [`Feed::since`], then skip
    /// what the stream repeats.
    #[must_use]
    pub fn subscribe(&self, workspace: WorkspaceId) -> Subscription {
        let mut channels = self.channels.lock().expect("no panic while the channels are held");
        let receiver = channels.entry(workspace).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe();
        drop(channels);
        let events = futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.ok().map(|event| (event, receiver))
        });
        Subscription(events.boxed())
    }

    /// What happened in a workspace after an event, in order; `None` when that
    /// is unknown or too much, and the reader should load afresh.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn since(&self, workspace: WorkspaceId, last: Uuid) -> Result<Option<Vec<EventRecord>>> {
        let tx = self.db.read(workspace).await?;
        let place: Option<(String, i64)> = tx
            .find(
                "select txid::text, seq from spine.events where workspace_id = $1 and id = $2",
                &[&workspace, &last],
            )
            .await?;
        let Some((txid, seq)) = place else { return Ok(None) };
        let events: Vec<EventRecord> = tx
            .query(
                "select e.workspace_id, e.id, e.seq, e.kind, e.subject_kind, e.subject_id, e.client_id, e.project_id,
                   e.actor_kind, e.actor_id, e.actor_name, e.payload, e.at
                 from spine.events e
                 where e.workspace_id = $1 and (e.txid, e.seq) > ($3::text::xid8, $4)
                   and e.txid < pg_snapshot_xmin(pg_current_snapshot())
                   and e.at > (select l.at - interval '15 minutes' from spine.events l
                               where l.workspace_id = $1 and l.id = $2)
                 order by e.txid, e.seq limit 1001",
                &[&workspace, &last, &txid, &seq],
            )
            .await?;
        Ok((events.len() <= RESUMED).then_some(events))
    }
}

/// Events of one workspace as they happen.
pub struct Subscription(BoxStream<'static, EventRecord>);

impl Stream for Subscription {
    type Item = EventRecord;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<EventRecord>> {
        self.0.poll_next_unpin(context)
    }
}

/// A place in the spine.
#[derive(Clone)]
struct Place {
    txid: String,
    seq: i64,
}

struct Placed {
    place: Place,
    event: EventRecord,
}

impl FromRow for Placed {
    fn from_row(row: &Row) -> Result<Self> {
        let event = EventRecord::from_row(row)?;
        Ok(Self { place: Place { txid: row.try_get("place")?, seq: event.seq }, event })
    }
}

async fn read(db: Db, channels: Weak<Channels>, mut wake: Wake, mut place: Place) {
    while channels.strong_count() > 0 {
        let pause = match step(&db, &channels, &mut place).await {
            Ok(Step::More) => continue,
            Ok(Step::HeldBack) => Some(Duration::from_millis(20)),
            Ok(Step::Idle) => None,
            Err(error) => {
                tracing::debug!(%error, "the live feed stumbled");
                Some(Duration::from_secs(1))
            }
        };
        match pause {
            Some(pause) => tokio::time::sleep(pause).await,
            None => wake.next().await,
        }
    }
}

enum Step {
    More,
    HeldBack,
    Idle,
}

async fn step(db: &Db, channels: &Weak<Channels>, place: &mut Place) -> Result<Step> {
    let from = place.clone();
    let listened = channels.upgrade().is_some_and(|channels| {
        let mut channels = channels.lock().expect("no panic while the channels are held");
        channels.retain(|_, sender| sender.receiver_count() > 0);
        !channels.is_empty()
    });
    if !listened {
        let now = horizon(db).await?;
        let quiet = channels
            .upgrade()
            .is_some_and(|c| c.lock().expect("no panic while the channels are held").is_empty());
        if quiet {
            *place = now;
        }
        return Ok(if quiet { Step::Idle } else { Step::More });
    }
    let tx = db.system().await?;
    let after: Params = &[&from.txid, &from.seq];
    let (events, newest) = futures::join!(
        tx.query::<Placed>(
            "select workspace_id, id, seq, kind, subject_kind, subject_id, client_id, project_id,
               actor_kind, actor_id, actor_name, payload, at, txid::text as place
             from spine.events
             where (txid, seq) > ($1::text::xid8, $2) and txid < pg_snapshot_xmin(pg_current_snapshot())
             order by txid, seq limit 500",
            after,
        ),
        tx.find::<(String, i64)>(
            "select e.txid::text, e.seq from spine.events e where (e.txid, e.seq) > ($1::text::xid8, $2)
             order by e.txid desc, e.seq desc limit 1",
            after,
        ),
    );
    let (events, newest) = (events?, newest?);
    let full = events.len() == BATCH;
    let Some(channels) = channels.upgrade() else { return Ok(Step::Idle) };
    for Placed { place: at, event } in events {
        *place = at;
        let channels = channels.lock().expect("no panic while the channels are held");
        if let Some(sender) = channels.get(&event.workspace_id) {
            let _ = sender.send(event);
        }
    }
    let caught_up = newest.is_none_or(|(txid, seq)| place.txid == txid && place.seq == seq);
    Ok(match (full, caught_up) {
        (true, _) => Step::More,
        (_, false) => Step::HeldBack,
        _ => Step::Idle,
    })
}

/// Before everything that has yet to be committed.
async fn horizon(db: &Db) -> Result<Place> {
    let tx = db.system().await?;
    let (txid,): (String,) = tx.get("select pg_snapshot_xmin(pg_current_snapshot())::text", &[]).await?;
    Ok(Place { txid, seq: 0 })
}
