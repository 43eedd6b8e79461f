//! What may be written, and for how long it may be changed.

use jiff::{SignedDuration, Timestamp};
use rapport_base::{Refusal, Result, text};

/// How long an author may change a message.
pub const EDIT_WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// Files with one message.
pub const MAX_ATTACHMENTS: usize = 10;
/// Characters of one message.
const LONGEST: usize = 10_000;
/// Characters of a preview.
const EXCERPT: usize = 160;

/// The text of a message, cleaned.
pub fn body(typed: &str, attachments: usize) -> Result<String> {
    let body = text::clean(typed).unwrap_or_default();
    if body.is_empty() && attachments == 0 {
        return Err(Refusal::field("content", "required", "Write something, or attach a file.").into());
    }
    if body.chars().count() > LONGEST {
        return Err(Refusal::field(
            "content",
            "too_long",
            "Keep a message under 10,000 characters, or attach it as a file.",
        )
        .into());
    }
    if attachments > MAX_ATTACHMENTS {
        return Err(Refusal::field("file", "too_many", "Attach at most ten files to a message.").into());
    }
    Ok(body)
}

/// How a message begins, on one line.
pub fn excerpt(body: &str, attachments: usize) -> String {
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return match attachments {
            1 => "sent a file".into(),
            n => format!("sent {n} files"),
        };
    }
    if line.chars().count() <= EXCERPT {
        return line;
    }
    let cut: String = line.chars().take(EXCERPT - 1).collect();
    format!("{}…", cut.trim_end())
}

/// Whether a message may still be changed by its author.
#[must_use]
pub fn may_edit(written: Timestamp, now: Timestamp) -> bool {
    now.duration_since(written) < EDIT_WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_something_or_brings_a_file() {
        assert!(body("  \n ", 0).is_err());
        assert_eq!(body(" hi ", 0).unwrap(), "hi");
        assert_eq!(body("", 1).unwrap(), "");
        assert!(body(&"x".repeat(10_001), 0).is_err());
        assert!(body("x", 11).is_err());
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("a\n\n b", 0), "a b");
        assert_eq!(excerpt("", 2), "sent 2 files");
        let long = excerpt(&"word ".repeat(100), 0);
        assert!(long.chars().count() <= 160 && long.ends_with('…'));
    }

    #[test]
    fn five_minutes_remain_to_change_a_message() {
        let at: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        assert!(may_edit(at, "2026-11-21T10:04:59Z".parse().unwrap()));
        assert!(!may_edit(at, "2026-11-21T10:05:00Z".parse().unwrap()));
    }
}
