//! Whatever a file holds and is called, what may be shown in place is a picture or a document, never a page or a script.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rapport_storage::{
    names,
    sniff::{Limits, judge_bytes},
};

fuzz_target!(|input: (&str, &str, &[u8])| {
    let (name, declared, bytes) = input;
    let safe = names::safe_name(name);
    assert!(!safe.contains(['/', '\\', '\0', '\n', '\r', '<', '>', '"']) && safe != ".." && !safe.is_empty());
    let header = names::content_disposition(name, false);
    assert!(header.starts_with("attachment") && header.bytes().all(|byte| (32..127).contains(&byte)));
    if let Ok(verdict) = judge_bytes(name, declared, bytes, &Limits::default()) {
        let mime = verdict.kind.mime;
        if verdict.inline() {
            assert!(
                !["html", "svg", "xml", "javascript"].iter().any(|active| mime.contains(active)),
                "{mime}"
            );
        }
    }
});
