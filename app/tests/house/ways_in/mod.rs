//! The ways in: what they tell, how often they may be tried, what they leave behind.

mod csrf;
mod limits;
mod links;
mod reads;
mod sessions;
mod timing;

use std::net::IpAddr;

use rapport_testkit::World;

/// A fresh address of a network of its own, by number.
fn address(number: usize) -> IpAddr {
    let [_, _, high, low] = u32::try_from(number).unwrap().to_be_bytes();
    IpAddr::from([10, high, low, 1])
}

/// The address in the mail of a kind that was sent last to somebody, without our origin.
async fn mailed_link(world: &World, email: &str, start: &str) -> String {
    world.settle().await;
    let owner = world.owner().await;
    let rows = owner
        .query(
            "select body_text from mail.outbox where recipient_email = $1 order by created_at desc, id desc",
            &[&email],
        )
        .await
        .unwrap();
    let bodies = rows.iter().map(|row| row.get::<_, String>(0));
    let start = format!("http://localhost:8080{start}");
    bodies
        .filter_map(|body| {
            let at = body.find(&start)?;
            let link = body[at..].split(|c: char| c.is_whitespace() || c == '"' || c == ')').next()?;
            Some(link.trim_start_matches("http://localhost:8080").to_owned())
        })
        .next()
        .unwrap_or_else(|| panic!("a mail to {email} with a link {start}"))
}
