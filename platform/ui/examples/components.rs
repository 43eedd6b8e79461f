//! Writes a page of the kit to standard output: `components [theme] [components|portal|plain|public|error] [dialog]`.

use rapport_ui::{Theme, dev};

fn main() {
    let word = |n| std::env::args().nth(n).unwrap_or_default();
    let theme = Theme::parse(&word(1));
    let page = match word(2).as_str() {
        "" | "components" => dev::page_with("nonce", theme, &word(3)),
        kind => dev::layout(kind, "nonce", theme),
    };
    println!("{page}");
}
