//! Files that are not what they say: each is refused with a reason, and nothing of it stays.

use futures::TryStreamExt;
use rapport_storage::Store;

use super::{Entries, Scene, manifest, pack, put_rows, read, rows};

struct Forger {
    scene: Scene,
    good: Entries,
    before: (i64, i64, usize),
    tried: usize,
}

impl Forger {
    async fn new() -> Self {
        let scene = Scene::new().await;
        let path = scene.path("good.zip");
        transfer::to_file(&scene.world.app, scene.owner.workspace_id, &path).await.unwrap();
        let good = read(&path);
        let before = left(&scene).await;
        Self { scene, good, before, tried: 0 }
    }

    /// A file with something else in it is refused with these words, and leaves nothing.
    async fn refuses(&mut self, words: &str, change: impl FnOnce(&mut Entries)) {
        let mut entries = self.good.clone();
        change(&mut entries);
        let path = self.scene.path("forged.zip");
        pack(&path, &entries);
        self.refuses_file(words, &path).await;
    }

    async fn refuses_file(&mut self, words: &str, path: &std::path::Path) {
        let error = self.scene.import(path, "forged").await.expect_err(words);
        let said = format!("{error:#}");
        assert!(said.contains(words), "{said:?} does not say {words:?}");
        assert_eq!(left(&self.scene).await, self.before, "something stayed of: {words}");
        self.tried += 1;
    }
}

/// Workspaces, users and objects in the store.
async fn left(scene: &Scene) -> (i64, i64, usize) {
    let owner = scene.world.owner().await;
    let row = owner
        .query_one(
            "select (select count(*) from identity.workspaces), (select count(*) from identity.users)",
            &[],
        )
        .await
        .unwrap();
    let objects: Vec<_> = scene.world.app.parts.get::<Store>().list_all().try_collect().await.unwrap();
    (row.get(0), row.get(1), objects.len())
}

fn about(entries: &mut Entries, change: impl FnOnce(&mut serde_json::Value)) {
    let mut about = manifest(entries);
    change(&mut about);
    entries.insert("manifest.json".into(), about.to_string().into_bytes());
}

#[tokio::test]
async fn a_forged_damaged_or_newer_file_is_refused_and_leaves_nothing() {
    let mut forger = Forger::new().await;
    let stranger = uuid::Uuid::now_v7().to_string();

    let whole = std::fs::read(forger.scene.path("good.zip")).unwrap();
    let cut = forger.scene.path("cut.zip");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    forger.refuses_file("damaged, cut off, or no ZIP", &cut).await;
    std::fs::write(&cut, b"PK is no ZIP").unwrap();
    forger.refuses_file("damaged, cut off, or no ZIP", &cut).await;

    forger.refuses("no export of a workspace", |entries| drop(entries.remove("manifest.json"))).await;
    forger.refuses("format 2", |entries| about(entries, |m| m["format"] = 2.into())).await;
    forger
        .refuses("newer version", |entries| about(entries, |m| m["migrations"] = ["9999_later"].into()))
        .await;
    forger
        .refuses("leads out of the file", |entries| drop(entries.insert("../../evil".into(), b"x".to_vec())))
        .await;
    forger
        .refuses("does not name", |entries| drop(entries.insert("files/extra".into(), b"x".to_vec())))
        .await;
    forger.refuses("lacks", |entries| drop(entries.remove("data/clients.clients.jsonl"))).await;

    let lines = |entries: &mut Entries, table: &str, change: &dyn Fn(&mut Vec<serde_json::Value>)| {
        let mut all = rows(entries, table);
        change(&mut all);
        put_rows(entries, table, &all);
    };
    forger
        .refuses("the checksum differs", |entries| {
            let bytes = entries.get_mut("data/clients.clients.jsonl").unwrap();
            let text = String::from_utf8(bytes.clone()).unwrap().replacen("Kestrel", "Kestrol", 1);
            *bytes = text.into_bytes();
        })
        .await;
    forger
        .refuses("rows, its manifest names", |entries| {
            about(entries, |m| m["tables"][0]["rows"] = 9_999.into());
        })
        .await;
    // A few bytes that unpack to many: no more is read than the manifest says.
    forger
        .refuses("is too long or cut off", |entries| {
            drop(entries.insert("data/clients.clients.jsonl".into(), vec![b'0'; 80 << 20]));
        })
        .await;
    forger
        .refuses("belongs to another workspace", |entries| {
            lines(entries, "clients.clients", &|all| all[0]["workspace_id"] = stranger.as_str().into());
        })
        .await;
    forger
        .refuses("has other columns", |entries| {
            lines(entries, "clients.clients", &|all| all[0]["password_hash"] = "x".into());
        })
        .await;
    forger
        .refuses("do not keep to the rule", |entries| {
            lines(entries, "timesheets.time_entries", &|all| all[0]["project_id"] = stranger.as_str().into());
        })
        .await;
    forger
        .refuses("do not keep to the rule", |entries| {
            lines(entries, "clients.clients", &|all| all[0]["relationship_stage"] = "enchanted".into());
        })
        .await;
    forger
        .refuses("do not keep to the rule", |entries| {
            lines(entries, "clients.clients", &|all| {
                let twice = all[0].clone();
                all.push(twice);
            });
        })
        .await;
    forger
        .refuses("no owner", |entries| {
            lines(entries, "identity.memberships", &|all| {
                all.iter_mut().for_each(|row| row["role"] = "viewer".into())
            });
        })
        .await;
    forger
        .refuses("cannot be put in", |entries| {
            lines(entries, "clients.clients", &|all| all[0]["created_at"] = "yesterday-ish".into());
        })
        .await;
    forger.refuses("a sum of money", |entries| about(entries, |m| m["money"][0]["total"] = "1".into())).await;
    forger
        .refuses("differ from their facts", |entries| {
            lines(entries, "projects.projects", &|all| {
                all.iter_mut().for_each(|row| row["logged_seconds"] = 1.into())
            });
        })
        .await;
    forger
        .refuses("the checksum differs", |entries| {
            let (_, bytes) = entries.iter_mut().find(|(name, _)| name.starts_with("files/")).unwrap();
            bytes[0] ^= 1;
        })
        .await;
    forger
        .refuses("is not in the index", |entries| {
            lines(entries, "invoicing.invoice_pdfs", &|all| {
                let key = all[0]["storage_key"].as_str().unwrap().to_owned();
                all[0]["storage_key"] = format!("{}{}", &key[..key.len() - 4], "0000").into();
            });
        })
        .await;
    forger
        .refuses("is not known here", |entries| {
            about(entries, |m| m["tables"][0]["table"] = "clients.wishes".into());
        })
        .await;
    assert_eq!(forger.tried, 23);

    let taken = forger.scene.import(&forger.scene.path("good.zip"), "northlight").await.unwrap_err();
    assert!(taken.to_string().contains("has the slug northlight"), "{taken:#}");
    assert!(forger.scene.import(&forger.scene.path("good.zip"), "../x").await.is_err());
    assert_eq!(left(&forger.scene).await, forger.before);
}
