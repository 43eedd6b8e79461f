//! Writes the page of all components to standard output: `components [theme] [dialog]`.

use rapport_ui::Theme;

fn main() {
    let theme = std::env::args().nth(1).unwrap_or_default();
    let dialog = std::env::args().nth(2).unwrap_or_default();
    println!("{}", rapport_ui::dev::page_with("nonce", Theme::parse(&theme), &dialog));
}
