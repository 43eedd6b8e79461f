//! What is written in Markdown comes out as formatting and links, whatever it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let html = projects::markdown(text).to_string();
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default().to_ascii_lowercase();
        for forbidden in
            ["script", "style", "iframe", "img", "svg", "object", "form", "input", "base", "meta"]
        {
            let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next();
            assert_ne!(name, Some(forbidden), "{html}");
        }
        for attribute in tag.split(' ').skip(1).filter_map(|part| part.split_once('=')) {
            let (name, value) = attribute;
            let value = value.trim_start_matches('"');
            assert!(
                !(name.starts_with("on") || name == "style" || name == "src") || tag.contains("href=\""),
                "{html}"
            );
            assert!(
                name != "href" || !(value.starts_with("javascript:") || value.starts_with("data:")),
                "{html}"
            );
        }
    }
});
