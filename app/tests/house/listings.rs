//! The generated listings are the ones in the checkout.

use std::path::Path;

#[test]
fn the_generated_listings_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/generated");
    let stale: Vec<&str> = rapport::commands::listings::all()
        .unwrap()
        .into_iter()
        .filter(|(name, text)| std::fs::read_to_string(folder.join(name)).unwrap_or_default() != *text)
        .map(|(name, _)| name)
        .collect();
    assert!(stale.is_empty(), "run `make docs`: {stale:?}");
}
