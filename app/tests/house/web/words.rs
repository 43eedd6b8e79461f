//! Words of people in files for spreadsheets, in names of files and in mails: they stay words.

use identity::testing::{self, Signed};
use rapport_base::text::reads_as_formula;
use rapport_testkit::{Reply, World};
use serde_json::json;

use crate::{journey, transfer::read, wall::canaries, world};

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

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// How many cells hold a formula as words; all cells stand in their places and none is a formula.
fn harmless(name: &str, text: &str) -> usize {
    let rows = rows(text.trim_start_matches('\u{feff}'));
    let mut kept = 0;
    for row in &rows {
        assert_eq!(row.len(), rows[0].len(), "{name}: a cell broke out of its place: {row:?}");
        for cell in row {
            let fine = cell.starts_with('\'') || is_number(cell) || !reads_as_formula(cell);
            assert!(fine, "{name}: {cell:?}");
            let held = |formula: &&str| cell.contains(formula.trim_start_matches('\u{feff}'));
            kept += usize::from(FORMULAS.iter().any(held));
        }
    }
    println!("{name}: {} rows, {kept} cells", rows.len());
    kept
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

/// The lists that can be taken along. What is held of a person is no list but JSON.
fn exports(world: &World) -> Vec<&'static str> {
    let all = crate::wall::entries(world).into_iter().filter(|entry| entry.is_read());
    let paths = all.map(|entry| entry.path);
    paths
        .filter(|path| path.ends_with("/export") || path.ends_with(".csv"))
        .filter(|path| !path.ends_with("/personal-data/export"))
        .collect()
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
    for path in paths {
        let reply = owner.http.get(&path.replace("{workspace}", &owner.slug)).await.expect(200);
        let kept = harmless(path, &reply.text());
        assert!(kept >= FORMULAS.len() / 2, "{path}: the words are there, as words: {kept}");
    }
}

#[tokio::test]
async fn no_cell_of_any_table_in_the_export_of_a_workspace_is_a_formula() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    journey::fill(&world, &owner, "Kestrel").await;
    let file = [("file", "note.txt", "text/plain", &b"a note"[..])];
    owner.api.upload("/api/files", &[("folder", "notes")], &file).await.expect(201);
    world.settle().await;

    let (mut client, workspace) = (world.owner().await, owner.workspace_id.uuid());
    canaries::stuff(&mut client, workspace).await;
    let fields = canaries::reword(&mut client, workspace, FORMULAS).await;
    let person = "update identity.users set name = $2 where id = $1";
    client.execute(person, &[&owner.user_id.uuid(), &FORMULAS[0]]).await.unwrap();
    let itself = "update identity.workspaces set name = $2, city = $3, invoice_notes = $4 where id = $1";
    let words: [&str; 3] = [FORMULAS[1], FORMULAS[4], FORMULAS[10]];
    client.execute(itself, &[&workspace, &words[0], &words[1], &words[2]]).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.zip");
    transfer::to_file(&world.app, owner.workspace_id, &path).await.unwrap();
    let entries = read(&path);
    let tables: Vec<_> = entries.iter().filter(|(name, _)| name.starts_with("tables/")).collect();
    println!("{} tables, words in {fields} fields", tables.len());
    assert!(tables.len() > 30, "{} tables", tables.len());
    for (name, bytes) in tables {
        assert!(harmless(name, std::str::from_utf8(bytes).unwrap()) > 0, "{name}: the words are there");
    }
}

/// Whether words were taken, or refused by the name of their field: nothing else may become of them.
fn taken(reply: &Reply, field: &str) -> bool {
    let told = reply.json();
    let mut errors = told["errors"].as_array().into_iter().flatten();
    let refused = reply.status == 422 && errors.any(|error| error["field"] == field);
    let taken = (200..300).contains(&reply.status);
    assert!(taken || refused, "{field}: {} {}", reply.status, reply.text());
    taken
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
    let (mut names, mut letters) = (0, 0);
    for (number, name) in NAMES.iter().enumerate() {
        for path in ["/api/me", "/api/workspace"] {
            let reply = owner.api.json("PATCH", path, json!({"name": name})).await;
            names += usize::from(taken(&reply, "name"));
        }
        let invitation =
            json!({"email": format!("ben{number}@client.example"), "role": "member", "message": name});
        let reply = owner.api.json("POST", "/api/team/invitations", invitation).await;
        letters += usize::from(taken(&reply, "message"));
    }
    println!("{names} names of {} taken, {letters} letters", 2 * NAMES.len());
    assert!(names > NAMES.len() && letters > 0, "{names} names, {letters} letters");
    world.settle().await;
    let sent = world
        .owner()
        .await
        .query("select subject, coalesce(body_html, ''), coalesce(sender_name, '') from mail.outbox", &[])
        .await
        .unwrap();
    assert!(sent.len() >= letters, "{} mails", sent.len());
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
