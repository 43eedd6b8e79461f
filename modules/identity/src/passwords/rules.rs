//! Which passwords are refused.

use std::{collections::HashSet, sync::LazyLock};

use rapport_base::text::fold;

static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("common.txt").lines().map(str::trim).filter(|line| !line.is_empty()).collect()
});

/// Why a password is refused: code and sentence. `own` are words of the person:
/// name, address, the workspace's name.
pub(crate) fn refused<'a>(
    password: &str,
    own: impl IntoIterator<Item = &'a str>,
) -> Option<(&'static str, &'static str)> {
    let length = password.chars().count();
    if length < 10 {
        return Some(("too_short", "Use at least 10 characters."));
    }
    if length > 128 {
        return Some(("too_long", "Use at most 128 characters."));
    }
    if password.contains('\0') {
        return Some(("nul", "A password may not hold the NUL character."));
    }
    let folded = fold(password);
    let word = |c: char| !c.is_alphabetic();
    let hearts = [heart(folded.trim_matches(word)), heart(folded.trim_end_matches(word))];
    let distinct = password.chars().collect::<HashSet<_>>().len();
    let common = hearts.iter().chain([&folded]).any(|text| COMMON.contains(text.as_str()));
    if distinct < 4 || common || is_run(password) {
        return Some(("common", "This password is one of the first anyone would try. Choose another."));
    }
    let own_words = own.into_iter().flat_map(|text| {
        let text = fold(text);
        let whole: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
        words.chain([whole]).collect::<Vec<_>>()
    });
    for own in own_words.filter(|word| word.chars().count() >= 4) {
        let letters_left = folded.replace(&own, "").chars().filter(|c| c.is_alphabetic()).count();
        if hearts.contains(&own) || letters_left < 4 && folded.contains(&own) {
            return Some(("own_words", "Do not build the password from your name, address or workspace."));
        }
    }
    None
}

/// The word at the heart of a password: common replacements of letters undone, what is no letter
/// left out, a doubled word taken once.
fn heart(trimmed: &str) -> String {
    let plain: String = trimmed
        .chars()
        .map(|c| match c {
            '@' | '4' => 'a',
            '$' | '5' => 's',
            '0' => 'o',
            '3' => 'e',
            '1' | '!' => 'i',
            '7' => 't',
            c => c,
        })
        .filter(|c| c.is_alphabetic())
        .collect();
    let half = plain.len() / 2;
    let doubled =
        half > 0 && plain.len() == half * 2 && plain.is_char_boundary(half) && plain[..half] == plain[half..];
    if doubled { plain[..half].to_owned() } else { plain }
}

/// `1234567890`, `abcdefghij`, `9876543210`: every step the same.
fn is_run(password: &str) -> bool {
    let codes: Vec<i64> = password.chars().map(|c| i64::from(u32::from(c))).collect();
    let Some(step) = codes.get(1).map(|second| second - codes[0]) else { return true };
    step.abs() <= 1 && codes.windows(2).filter(|pair| pair[1] - pair[0] != step).count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        for (bad, code) in [
            ("short", "too_short"),
            ("Password123!", "common"),
            ("p@ssw0rd2024", "common"),
            ("qwertyuiop", "common"),
            ("1234567890", "common"),
            ("abcdefghijkl", "common"),
            ("aaaaaaaaaaaa", "common"),
            ("iloveyou1234", "common"),
            ("dragondragon", "common"),
        ] {
            assert_eq!(refused(bad, []).map(|(code, _)| code), Some(code), "{bad}");
        }
        assert_eq!(refused(&"ab1 ".repeat(33), []).map(|r| r.0), Some("too_long"));
    }

    #[test]
    fn passwords_of_ones_own_words_are_refused() {
        let own = ["Ada Morel", "ada.morel@northlight.example", "Northlight Studio"];
        for bad in ["adamorel2024", "Northlight1!", "morel12345678", "northlightstudio"] {
            assert_eq!(refused(bad, own).map(|r| r.0), Some("own_words"), "{bad}");
        }
        assert_eq!(refused("the morel grows in april", own), None);
    }

    #[test]
    fn good_passwords_pass() {
        for good in [
            "correct horse battery 9",
            "Tr0ub4dor&3x",
            "жёлтый подсолнух",
            "kV9#mLq2xw",
            "x7".repeat(3).as_str(),
        ] {
            let expected = (good.chars().count() < 10).then_some("too_short");
            assert_eq!(refused(good, []).map(|r| r.0), expected, "{good}");
        }
    }

    #[test]
    fn the_list_holds_at_least_a_thousand() {
        assert!(COMMON.len() >= 1_000, "{}", COMMON.len());
    }
}
