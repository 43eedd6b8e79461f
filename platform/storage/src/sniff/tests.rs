use super::zip::tests::archive;
use super::*;
use image::{ImageFormat, RgbImage};

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(4, 3).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn office(part: &str) -> Vec<u8> {
    archive(&[("[Content_Types].xml", 900), (part, 4_000)])
}

fn verdict(name: &str, declared: &str, bytes: &[u8]) -> Result<Verdict, Refused> {
    judge_bytes(name, declared, bytes, &Limits::default())
}

#[test]
fn what_is_what_it_says_may_stay() {
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let table: [(&str, &str, Vec<u8>, &str, bool); 15] = [
        ("a.png", "image/png", picture(ImageFormat::Png), "image/png", true),
        ("a.JPG", "image/jpeg", picture(ImageFormat::Jpeg), "image/jpeg", true),
        ("a.gif", "", picture(ImageFormat::Gif), "image/gif", true),
        ("a.webp", "application/octet-stream", picture(ImageFormat::WebP), "image/webp", true),
        ("a.pdf", "application/pdf", b"%PDF-1.7\n%\xe2\xe3".to_vec(), "application/pdf", true),
        ("b.pdf", "", b"\n\n%PDF-1.4".to_vec(), "application/pdf", true),
        ("a.docx", word, office("word/document.xml"), word, false),
        ("a.zip", "application/x-zip-compressed", archive(&[("x", 5)]), "application/zip", false),
        ("a.txt", "text/plain; charset=utf-8", b"hello".to_vec(), "text/plain", true),
        ("a.csv", "application/vnd.ms-excel", b"a,b\n1,2".to_vec(), "text/csv", false),
        ("a.md", "text/plain", b"# Title".to_vec(), "text/markdown", false),
        ("a.json", "application/json", b"{\"a\":1}".to_vec(), "application/json", false),
        ("a.svg", "image/svg+xml", b"<svg><path/></svg>".to_vec(), "image/svg+xml", false),
        ("a.html", "text/html", b"<!doctype html><p>x".to_vec(), "text/html", false),
        ("a.xml", "text/xml", b"<?xml version='1.0'?><a/>".to_vec(), "text/xml", false),
    ];
    for (name, declared, bytes, mime, inline) in table {
        let verdict = verdict(name, declared, &bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((verdict.kind.mime, verdict.inline()), (mime, inline), "{name}");
    }
}

#[test]
fn spreadsheets_and_slides_are_told_apart() {
    let sheet = verdict("a.xlsx", "", &office("xl/workbook.xml")).unwrap();
    assert!(sheet.kind.mime.ends_with("spreadsheetml.sheet"));
    let slides = verdict("a.pptx", "", &office("ppt/presentation.xml")).unwrap();
    assert!(slides.kind.mime.ends_with("presentationml.presentation"));
    assert!(verdict("a.docx", "", &office("xl/workbook.xml")).is_err());
}

#[test]
fn what_pretends_to_be_something_else_is_refused() {
    let png = picture(ImageFormat::Png);
    let table: [(&str, &str, &[u8]); 7] = [
        ("a.png", "image/png", b"<!doctype html><script>alert(1)</script>"),
        ("a.txt", "text/plain", b"<html><body>x"),
        ("a.txt", "", b"<svg onload=alert(1)>"),
        ("a.pdf", "", &png),
        ("a.png", "application/pdf", &png),
        ("a.html", "", &png),
        ("a.jpg", "", b"just text"),
    ];
    for (name, declared, bytes) in table {
        let refused = verdict(name, declared, bytes).unwrap_err();
        assert_eq!(refused.code(), "files.type_mismatch", "{name}");
    }
}

#[test]
fn programs_and_unknown_bytes_are_refused_whatever_their_name() {
    let elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0".repeat(4);
    let mut exe = b"MZ\x90\0".to_vec();
    exe.resize(256, 0);
    let table: [(&str, &[u8]); 6] = [
        ("a.pdf", &elf),
        ("a.png", &exe),
        ("a.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("a.txt", b"<?php system($_GET[0]);"),
        ("a.bin", &[0, 1, 2, 3, 4, 5]),
        ("a.doc", &[0xd0, 0xcf, 0x11, 0xe0]),
    ];
    for (name, bytes) in table {
        assert_eq!(verdict(name, "", bytes).unwrap_err(), Refused::NotAllowed, "{name}");
    }
    assert_eq!(verdict("a.txt", "", b"").unwrap_err(), Refused::Empty);
}

#[test]
fn a_picture_with_scripts_is_marked_and_never_shown_in_place() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let verdict = verdict("logo.svg", "image/svg+xml", svg).unwrap();
    assert!(verdict.active);
    assert!(!verdict.inline());
}

#[test]
fn a_bomb_is_refused_by_ratio_by_size_and_by_count() {
    let many: Vec<(String, u32)> = (0..10_001).map(|n| (n.to_string(), 1)).collect();
    let many: Vec<(&str, u32)> = many.iter().map(|(name, size)| (name.as_str(), *size)).collect();
    assert_eq!(verdict("a.zip", "", &archive(&[("x", 1_000_000_000)])).unwrap_err(), Refused::ArchiveBomb);
    assert_eq!(
        verdict("a.docx", "", &archive(&[("word/document.xml", u32::MAX)])).unwrap_err(),
        Refused::ArchiveBomb
    );
    assert_eq!(verdict("a.zip", "", &archive(&many)).unwrap_err(), Refused::TooManyEntries);
    assert!(verdict("a.zip", "", &archive(&many[..10_000])).is_ok());
}

#[test]
fn macros_and_damaged_archives_are_refused() {
    let parts = [("[Content_Types].xml", 9), ("word/document.xml", 9), ("word/vbaProject.bin", 9)];
    assert_eq!(verdict("a.docx", "", &archive(&parts)).unwrap_err(), Refused::Macros);
    let cut = &archive(&parts)[..80];
    assert_eq!(verdict("a.zip", "", cut).unwrap_err(), Refused::Damaged);
}

#[test]
fn a_picture_may_not_have_more_pixels_than_the_limit() {
    let mut png = picture(ImageFormat::Png);
    let verdict_of =
        |png: &[u8], pixels| judge_bytes("a.png", "", png, &Limits { pixels, ..Limits::default() });
    assert_eq!(verdict_of(&png, 12).unwrap().pixels, Some((4, 3)));
    assert_eq!(verdict_of(&png, 11).unwrap_err(), Refused::TooManyPixels);
    png.truncate(20);
    assert_eq!(verdict_of(&png, 12).unwrap_err(), Refused::Damaged);
}

#[test]
fn a_file_without_an_extension_is_given_one() {
    let verdict = verdict("scan", "", &picture(ImageFormat::Jpeg)).unwrap();
    assert_eq!(verdict.name, "scan.jpg");
}

#[test]
fn every_row_of_the_allow_list_is_whole() {
    for kind in KINDS {
        assert!(!kind.extensions.is_empty(), "{}", kind.mime);
        assert_eq!(Kind::by_mime(kind.mime), Some(kind));
        let active = kind.family == Family::Active;
        assert!(!(active && kind.inline), "{} must never be shown in place", kind.mime);
    }
}
