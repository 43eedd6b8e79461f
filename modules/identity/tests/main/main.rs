//! Identity over HTTP against a real PostgreSQL.

mod account;
mod api_keys;
mod deputies;
mod invitations;
mod mailed_links;
mod settings;
mod signing_up;
mod team;
mod tokens;

use rapport_testkit::World;

async fn world() -> World {
    World::start(vec![identity::module()]).await
}

/// The text of the newest mail of a kind to an address.
async fn mail(world: &World, kind: &str, to: &str) -> String {
    world.settle().await;
    let sql = "select body_text from mail.outbox where kind = $1 and lower(recipient_email) = lower($2) order by id desc limit 1";
    let row = world.owner().await.query_opt(sql, &[&kind, &to]).await.unwrap();
    row.unwrap_or_else(|| panic!("no mail {kind} to {to}")).get(0)
}

async fn mails(world: &World, kind: &str) -> i64 {
    world.settle().await;
    let sql = "select count(*) from mail.outbox where kind = $1";
    world.owner().await.query_one(sql, &[&kind]).await.unwrap().get(0)
}

/// The path of the first link in a mail that begins so.
fn path_in(mail: &str, beginning: &str) -> String {
    let at = mail.find(beginning).unwrap_or_else(|| panic!("no {beginning} in {mail}"));
    mail[at..].split_whitespace().next().unwrap().trim_end_matches(['.', ')', '>']).to_owned()
}
