//! Files that are two things at once, lie about what they are, or are called something that leads
//! elsewhere: refused, or handed out so that no browser runs them.

use std::collections::BTreeMap;

use http::Method;
use identity::testing::{self, Signed};
use rapport_testkit::Reply;

use crate::{
    wall::{Scene, entries, requests},
    world,
};

const MARKUP: &[u8] = b"<!doctype html><html><body><script>alert(1)</script></body></html>";

fn crc(bytes: &[u8]) -> u32 {
    let folded = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 },
        )
    });
    !folded
}

/// A PNG that says it is of a size.
fn png(width: u32, height: u32) -> Vec<u8> {
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let body = [&name[..], data].concat();
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat()
    };
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let data = b"\x78\x9c\x63\x60\x00\x00\x00\x02\x00\x01";
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &head), &chunk(b"IDAT", data), &chunk(b"IEND", b"")].concat()
}

/// An archive of one file that says it is `claimed` bytes.
fn bomb(claimed: u32) -> Vec<u8> {
    let name = b"a.txt";
    let sizes = [&4_u32.to_le_bytes()[..], &claimed.to_le_bytes()].concat();
    let local = [
        &b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0"[..],
        &sizes,
        &5_u16.to_le_bytes(),
        &[0, 0],
        name,
        b"\x4b\x04\0\0",
    ]
    .concat();
    let central = [
        &b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0"[..],
        &sizes,
        &5_u16.to_le_bytes(),
        &[0; 16],
        name,
    ]
    .concat();
    let end = [
        &b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..],
        &u32::try_from(central.len()).unwrap().to_le_bytes(),
        &u32::try_from(local.len()).unwrap().to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    [local, central, end].concat()
}

struct Hostile {
    name: &'static str,
    declared: &'static str,
    bytes: Vec<u8>,
    refused: bool,
}

fn hostile() -> Vec<Hostile> {
    let small = png(1, 1);
    let with = |name, declared, bytes: Vec<u8>| Hostile { name, declared, bytes, refused: false };
    let never = |name, declared, bytes: Vec<u8>| Hostile { name, declared, bytes, refused: true };
    let svg =
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><script>alert(1)</script></svg>";
    vec![
        with("polyglot.png", "image/png", [&small[..], MARKUP].concat()),
        with("polyglot.gif", "image/gif", [&b"GIF89a\x01\0\x01\0\0\0\0=1;alert(1)//"[..], MARKUP].concat()),
        with(
            "polyglot.pdf",
            "application/pdf",
            [
                &b"%PDF-1.7\n%\xe2\xe3\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n"[..],
                MARKUP,
            ]
            .concat(),
        ),
        with("picture.svg", "image/svg+xml", svg.to_vec()),
        with("page.html", "text/html", MARKUP.to_vec()),
        with("page.xhtml", "application/xhtml+xml", [&b"<?xml version=\"1.0\"?>"[..], MARKUP].concat()),
        with(
            "page.xml",
            "text/xml",
            b"<?xml version=\"1.0\"?><?xml-stylesheet href=\"javascript:alert(1)\"?><a/>".to_vec(),
        ),
        with("words.md", "text/markdown", b"# x\n<script>alert(1)</script>".to_vec()),
        with("table.csv", "text/csv", b"=cmd|' /C calc'!A0,2\r\n".to_vec()),
        with("../../../etc/passwd.txt", "text/plain", b"root".to_vec()),
        with("C:\\\\Windows\\\\a.txt", "text/plain", b"x".to_vec()),
        with("a%00.txt", "text/plain", b"x".to_vec()),
        with("a\u{202e}txt.exe.txt", "text/plain", b"x".to_vec()),
        with("<img src=x onerror=alert(1)>.txt", "text/plain", b"x".to_vec()),
        with("two words; filename=b.exe.txt", "text/plain", b"x".to_vec()),
        never("lie.png", "image/png", MARKUP.to_vec()),
        never("lie.txt", "text/plain", MARKUP.to_vec()),
        never("lie.txt", "text/plain", svg.to_vec()),
        never("lie.pdf", "application/pdf", small.clone()),
        never("lie.html", "image/png", small.clone()),
        never("program.png", "image/png", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".repeat(8)),
        never("program.txt", "text/plain", b"#!/bin/sh\nrm -rf /\n".to_vec()),
        never("program.php.txt", "text/plain", b"<?php system($_GET[0]);".to_vec()),
        never("wide.png", "image/png", png(60_000, 60_000)),
        never("bomb.zip", "application/zip", bomb(u32::MAX - 1)),
        never("nothing.txt", "text/plain", Vec::new()),
        never("unknown.bin", "application/octet-stream", vec![0, 1, 2, 3, 4, 5, 6, 7]),
    ]
}

/// What is wrong with how a file is handed out.
fn faults(reply: &Reply) -> Vec<String> {
    let text = |name: &str| reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, disposition) = (text("content-type"), text("content-disposition"));
    let mut faults = Vec::new();
    let mut expect = |fine: bool, what: &str| {
        if !fine {
            faults.push(format!("{what}: {kind}; {disposition}; {}", text("content-security-policy")));
        }
    };
    let shown = ["image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf"];
    expect(
        disposition.starts_with("attachment") || disposition.starts_with("inline") && shown.contains(&kind),
        "shown in place",
    );
    expect(text("x-content-type-options") == "nosniff", "may be sniffed");
    let policy = text("content-security-policy");
    expect(policy.contains("default-src 'none'") && policy.contains("sandbox"), "runs in our origin");
    expect(text("cache-control").contains("no-store"), "is kept");
    expect(
        !disposition.contains(['/', '\\', '<', '\r', '\n']) && disposition.matches('"').count() == 2,
        "its name leads elsewhere",
    );
    faults
}

async fn put(who: &mut Signed, file: &Hostile) -> Reply {
    let name = file.name.replace('"', "%22");
    who.api.upload("/api/files", &[], &[("file", &name, file.declared, &file.bytes)]).await
}

#[tokio::test]
async fn no_file_runs_whatever_it_holds_and_is_called() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    let (mut kept, mut refused, mut wrong) = (0, 0, BTreeMap::new());
    for file in hostile() {
        let reply = put(&mut owner, &file).await;
        if reply.status != 201 {
            refused += 1;
            assert!(matches!(reply.status, 413 | 415 | 422), "{}: {}", file.name, reply.status);
            continue;
        }
        kept += 1;
        assert!(!file.refused, "{} ({}) was taken", file.name, file.declared);
        let told = reply.json();
        let name = told["name"].as_str().unwrap();
        assert!(
            !name.contains(['/', '\\', '\0', '<', '>', '"', '\u{202e}']) && !name.starts_with('.'),
            "{name:?}"
        );
        let id = told["id"].as_str().unwrap();
        for address in [
            format!("/api/files/{id}/download"),
            format!("/api/files/{id}/download?inline=1"),
            format!("/app/{}/files/{id}", owner.slug),
            format!("/app/{}/files/{id}?inline=1", owner.slug),
        ] {
            let caller = if address.starts_with("/api/") { &mut owner.api } else { &mut owner.http };
            let reply = caller.get(&address).await.expect(200);
            assert_eq!(reply.body, file.bytes, "{}", file.name);
            for fault in faults(&reply) {
                wrong.insert(format!("{} at {address}", file.name), fault);
            }
        }
        let page =
            owner.http.get(&format!("/app/{}/files/{id}/details", owner.slug)).await.expect(200).text();
        assert!(!page.contains("<img src=x"), "{}", file.name);
    }
    println!("{kept} taken, {refused} refused");
    assert_eq!(wrong, BTreeMap::new());
    assert!(kept >= 8 && refused >= 12, "{kept} taken, {refused} refused");
}

#[tokio::test]
async fn every_route_that_takes_files_refuses_what_lies() {
    let mut scene = Scene::of(world().await).await;
    let api = requests::Api::of(&scene.world);
    let (mut routes, mut taken) = (0, Vec::new());
    for entry in
        entries(&scene.world).into_iter().filter(|entry| entry.is_api() && entry.method == Method::POST)
    {
        if !api.body(&entry).is_some_and(|(_, files)| files) {
            continue;
        }
        routes += 1;
        let addresses = requests::addresses(&entry, &scene.own.slug, scene.portal, &scene.ids, false);
        let address = addresses.into_iter().next().unwrap();
        let ids = scene.ids.clone();
        let (schema, _) = api.body(&entry).unwrap();
        let fields: Vec<(String, String)> = api
            .value(schema, "", "", &ids)
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "file" | "receipt"))
            .map(|(name, value)| {
                (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        for file in hostile().into_iter().filter(|file| file.refused) {
            for part in ["file", "receipt"] {
                let files: &[(&str, &str, &str, &[u8])] = &[(part, file.name, file.declared, &file.bytes)];
                let reply = scene.caller(&entry).upload(&address, &fields, files).await;
                if reply.status < 400 {
                    taken.push(format!("{} takes {} as {part}", entry.name(), file.name));
                }
                assert!(reply.status < 500, "{}: {}", entry.name(), reply.text());
            }
        }
    }
    println!("{routes} routes");
    assert_eq!(taken, Vec::<String>::new());
    assert!(routes >= 4, "{routes} routes take files");
}
