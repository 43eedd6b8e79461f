//! Words of people in files for spreadsheets, in names of files and in mails: they stay words.

use identity::testing::{self, Signed};
use rapport_testkit::World;
use serde_json::json;

use crate::world;

/// Beginnings by which a spreadsheet would calculate, reach out or start something.
const FORMULAS: &[&str] = &[
    "=HYPERLINK(\"https://evil.example\",\"Open\")",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u{ff1d}1+1",
    "\u{ff0b}1+1",
    "\u{ff20}SUM(1)",
    "'=1+1",
    "\"=1+1",
    "\",=1+1,\"",
    "\u{feff}=1+1",
    "\u{200b}=1+1",
    "a\",\"=1+1",
];

/// Reads CSV by RFC 4180.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c => cell.push(c),
        }
    }
    rows
}

async fn client(owner: &mut Signed, name: &str) {
    let body = json!({
        "company_name": name, "currency": "EUR", "industry": name, "notes": name, "tags": [],
        "contact": {"first_name": name, "last_name": name},
    });
    let made = owner.api.json("POST", "/api/clients", body).await;
    if made.status != 201 {
        owner
            .api
            .json("POST", "/api/clients", json!({"company_name": name, "currency": "EUR", "industry": name}))
            .await
            .expect(201);
    }
}

/// The exports there are: address of the page, and whether programs have it, too.
fn exports(world: &World) -> Vec<&'static str> {
    let all = crate::wall::entries(world).into_iter().filter(|entry| entry.is_read());
    all.map(|entry| entry.path).filter(|path| path.ends_with("/export") || path.ends_with(".csv")).collect()
}

#[tokio::test]
async fn no_cell_of_an_exported_table_is_a_formula() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    for name in FORMULAS {
        client(&mut owner, name).await;
    }
    world.settle().await;
    let paths = exports(&world);
    assert!(paths.len() >= 2, "{paths:?}");
    for path in paths.iter().filter(|path| path.starts_with("/app/{workspace}/") && !path.contains("{id}")) {
        let reply = owner.http.get(&path.replace("{workspace}", &owner.slug)).await.expect(200);
        let text = reply.text();
        let rows = rows(text.trim_start_matches('\u{feff}'));
        let wide = rows[0].len();
        let mut kept = 0;
        for row in &rows {
            assert_eq!(row.len(), wide, "{path}: a cell broke out of its place: {row:?}");
            for cell in row {
                assert!(
                    !rapport_base::text::reads_as_formula(cell.trim_start_matches('\''))
                        || cell.starts_with('\''),
                    "{path}: {cell:?}"
                );
                kept += usize::from(
                    FORMULAS.iter().any(|formula| cell.contains(formula.trim_start_matches('\u{feff}'))),
                );
            }
        }
        println!("{path}: {} rows, {kept} cells", rows.len());
        assert!(kept >= FORMULAS.len() / 2, "{path}: the words are there, as words: {kept}");
    }
}

#[tokio::test]
async fn no_name_reaches_the_head_of_a_mail_and_none_is_markup_in_it() {
    const NAMES: &[&str] = &[
        "Eve\r\nBcc: eve@evil.example",
        "Eve\u{2028}Bcc: eve@evil.example",
        "Eve\u{85}Bcc: eve@evil.example",
        "Eve\" <eve@evil.example>, \"x",
        "<img src=https://evil.example/a.png onerror=alert(1)>",
        "<a href=\"https://evil.example\">Northlight</a>",
        "</td></table><script>alert(1)</script>",
        "\u{202e}elpmaxe.live@eve",
        "{{7919*7919}} ${7919*7919} <%= 7919*7919 %>",
    ];
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    for (number, name) in NAMES.iter().enumerate() {
        owner.api.json("PATCH", "/api/me", json!({"name": name})).await;
        owner.api.json("PATCH", "/api/workspace", json!({"name": name})).await;
        let invitation =
            json!({"email": format!("ben{number}@client.example"), "role": "member", "message": name});
        owner.api.json("POST", "/api/team/invitations", invitation).await;
    }
    world.settle().await;
    let sent = world
        .owner()
        .await
        .query("select subject, coalesce(body_html, ''), coalesce(sender_name, '') from mail.outbox", &[])
        .await
        .unwrap();
    assert!(sent.len() >= NAMES.len(), "{} mails", sent.len());
    for row in &sent {
        let (subject, html, sender): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        for text in [subject, sender] {
            assert!(!text.contains(['\r', '\n', '\u{2028}', '\u{2029}', '\u{85}']), "{text:?}");
        }
        for markup in [
            "<script",
            "<img src=https://evil",
            "<a href=\"https://evil",
            "</td></table><",
            "onerror=alert(1)>",
        ] {
            assert!(!html.contains(markup), "{markup} in {html}");
        }
        assert!(!html.contains("62710561"), "no template is worked out: {html}");
    }
}
