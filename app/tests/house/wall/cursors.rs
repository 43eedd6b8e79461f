//! Cursors of another workspace: they page through the own list like a cursor that names nothing.

use identity::testing;
use rapport_base::Cursor;
use rapport_testkit::Http;
use rapport_web::Access;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Entry, Ids, Scene, calm, canaries::CANARY, difference, entries, guest, requests};
use crate::world;

/// A side of the wall, as its lists are asked for.
struct Side {
    api: Http,
    guest: Http,
    slug: String,
    portal: Uuid,
    ids: Ids,
}

impl Side {
    fn caller(&mut self, entry: &Entry) -> &mut Http {
        if entry.access == Access::Guest { &mut self.guest } else { &mut self.api }
    }
    /// Where a list answers, with a cursor if any of this side's lists of that kind goes on.
    async fn list(&mut self, entry: &Entry) -> Option<(String, Option<String>)> {
        let mut found = None;
        for address in requests::addresses(entry, &self.slug, self.portal, &self.ids, true) {
            let reply = self.caller(entry).get(&format!("{address}?limit=1")).await;
            let next = reply.json()["next"].as_str().map(str::to_owned);
            if next.is_some() {
                return Some((address, next));
            }
            if reply.status == 200 && found.is_none() {
                found = Some((address, None));
            }
        }
        found
    }
}

/// The cursor with an id instead of its own that nothing has, and that stands at the same place in
/// every order.
fn of_nothing(cursor: &str) -> Option<String> {
    let key = Cursor::unpack::<Value>(cursor).ok()?.to_string();
    let id: Uuid = key.split('"').find_map(|piece| piece.parse().ok())?;
    let nothing = Uuid::from_u128(id.as_u128() ^ 1);
    let key: Value = serde_json::from_str(&key.replace(&id.to_string(), &nothing.to_string())).ok()?;
    Some(Cursor::pack(&key).0)
}

#[tokio::test]
async fn a_foreign_cursor_pages_through_the_own_list_like_a_cursor_of_nothing() {
    let first = Scene::with(world().await, CANARY).await;
    let scene = Scene::of(first.world).await;
    let mut other = testing::member(&scene.world, &first.own, "owner").await;
    let (portal, visitor) = guest(&scene.world, &mut other).await;
    let mut theirs = Side { api: other.api, guest: visitor, slug: other.slug, portal, ids: first.ids };
    let mut ours = Side {
        api: scene.own.api,
        guest: scene.guest,
        slug: scene.own.slug,
        portal: scene.portal,
        ids: scene.ids,
    };
    for words in ["One", "Two"] {
        let message = json!({ "content": words });
        theirs.guest.json("POST", "/api/portal/messages", message).await.expect(201);
    }
    let api = requests::Api::of(&scene.world);
    let (mut turned, mut short): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for entry in entries(&scene.world) {
        let pages = api.query(&entry).iter().any(|(name, _)| *name == "after");
        if !pages || !entry.is_read() || entry.streams() {
            continue;
        }
        let (foreign, own) = (theirs.list(&entry).await, ours.list(&entry).await);
        let (Some((_, Some(cursor))), Some((address, _))) = (foreign, own) else {
            short.push(entry.path);
            continue;
        };
        turned.push(entry.path);
        let nothing = of_nothing(&cursor).unwrap_or_else(|| panic!("{}: no id in {cursor}", entry.path));
        let told = ours.caller(&entry).get(&format!("{address}?after={cursor}")).await;
        let untold = ours.caller(&entry).get(&format!("{address}?after={nothing}")).await;
        let (told, untold, status) = (calm(&told, &[]), calm(&untold, &[]), told.status);
        assert!(matches!(status, 200 | 400 | 422), "{}: {status}", entry.path);
        assert!(!told.to_lowercase().contains(CANARY), "{}", entry.path);
        assert_eq!(told, untold, "{}: {}", entry.path, difference(&told, &untold));
    }
    println!("{} lists were paged through; too short: {short:?}", turned.len());
    assert!(turned.len() >= 14, "{turned:?}; too short: {short:?}");
    let inner = turned.iter().filter(|path| path.contains('{')).count();
    assert!(inner >= 4, "lists within something: {turned:?}");
    assert!(turned.iter().any(|path| path.starts_with("/api/portal/")), "a guest's list: {turned:?}");
}
