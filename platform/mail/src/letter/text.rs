//! A letter as text.

use super::{Block, Brand, Letter, is_link};

pub(super) fn render(letter: &Letter, brand: &Brand) -> String {
    let mut parts: Vec<String> = letter.blocks.iter().map(block).collect();
    let mut foot = vec![format!("-- \n{}", brand.name)];
    foot.extend(letter.footer.iter().cloned());
    if let Some(url) = &letter.unsubscribe {
        foot.push(format!("Unsubscribe: {url}"));
    }
    parts.push(foot.join("\n"));
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n\n") + "\n"
}

fn block(block: &Block) -> String {
    match block {
        Block::Greeting(text) | Block::Line(text) | Block::Small(text) => text.trim().to_owned(),
        Block::Button { label, url } if is_link(url) => format!("{label}:\n{url}"),
        Block::Button { label, .. } => label.clone(),
        Block::Quote(text) => {
            text.trim().lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
        }
        Block::Code(code) => format!("    {code}"),
        Block::Facts(rows) => {
            rows.iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>().join("\n")
        }
    }
}
