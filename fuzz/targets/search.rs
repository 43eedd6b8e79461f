//! What is typed into a search box becomes few short terms, and the end of each lies behind it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rapport_base::text;

fuzz_target!(|typed: &str| {
    let terms = text::terms([typed], 8);
    assert!(terms.len() <= 8);
    for term in &terms {
        assert!(!term.is_empty() && term.len() <= 64);
        let end = text::prefix_end(term);
        assert!(term.as_str() < end.as_str() && format!("{term}z").as_str() < end.as_str());
    }
    if let Some(clean) = text::clean_line(typed) {
        assert!(!clean.chars().any(char::is_control));
        assert_eq!(text::clean_line(&clean).as_ref(), Some(&clean));
    }
});
