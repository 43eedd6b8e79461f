//! Places in a column as texts: between any two there is room for a third, so that moving
//! one card writes one row. Compared byte by byte.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Longer ones are a sign that the column should be spread anew.
const LONGEST: usize = 40;

fn value(digit: u8) -> Option<usize> {
    DIGITS.iter().position(|d| *d == digit)
}

/// A rank between two neighbours; `None` when there is no room, and the column must be spread anew.
#[must_use]
pub fn between(before: Option<&str>, after: Option<&str>) -> Option<String> {
    let (a, b) = (before.unwrap_or_default().as_bytes(), after.map(str::as_bytes));
    let known = |rank: &[u8]| rank.iter().all(|digit| value(*digit).is_some());
    if !known(a) || b.is_some_and(|b| !known(b) || a >= b || b.last() == Some(&b'0')) {
        return None;
    }
    let rank = middle(a, b);
    (rank.len() <= LONGEST).then(|| String::from_utf8(rank).ok()).flatten()
}

fn middle(a: &[u8], b: Option<&[u8]>) -> Vec<u8> {
    if let Some(b) = b {
        let same = b.iter().enumerate().take_while(|(i, digit)| a.get(*i).unwrap_or(&b'0') == *digit).count();
        if same > 0 {
            let mut rank = b[..same].to_vec();
            rank.extend(middle(a.get(same..).unwrap_or_default(), Some(&b[same..])));
            return rank;
        }
    }
    let low = a.first().and_then(|digit| value(*digit)).unwrap_or(0);
    let high = b.and_then(|b| b.first()).and_then(|digit| value(*digit)).unwrap_or(DIGITS.len());
    if high > low + 1 {
        return vec![DIGITS[usize::midpoint(low, high)]];
    }
    if let Some(b) = b.filter(|b| b.len() > 1) {
        return b[..1].to_vec();
    }
    let mut rank = vec![DIGITS[low]];
    rank.extend(middle(a.get(1..).unwrap_or_default(), None));
    rank
}

/// So many ranks in order, spread evenly.
#[must_use]
pub fn spread(count: usize) -> Vec<String> {
    let base = DIGITS.len();
    let room = base.pow(5);
    let step = (room / (count + 1)).max(1);
    let rank = |n: usize| {
        let mut left = step * n;
        let mut digits = [b'0'; 5];
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[left % base];
            left /= base;
        }
        let text = String::from_utf8_lossy(&digits).into_owned();
        // A rank must not end with the smallest digit: nothing would fit before it.
        text.trim_end_matches('0').to_owned()
    };
    (1..=count).map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_between_any_two_neighbours() {
        for (a, b) in [
            (None, None),
            (None, Some("V")),
            (Some("V"), None),
            (Some("V"), Some("W")),
            (Some("V"), Some("V1")),
            (None, Some("1")),
            (None, Some("01")),
            (Some("zz"), None),
            (Some("Vz"), Some("W")),
            (Some("A"), Some("AAAAB")),
        ] {
            let rank = between(a, b).unwrap_or_else(|| panic!("room between {a:?} and {b:?}"));
            assert!(a.is_none_or(|a| a < rank.as_str()), "{a:?} < {rank}");
            assert!(b.is_none_or(|b| rank.as_str() < b), "{rank} < {b:?}");
            assert!(!rank.ends_with('0'), "{rank}");
        }
    }

    #[test]
    fn where_there_is_no_room_none_is_made_up() {
        assert_eq!(between(Some("V"), Some("V")), None);
        assert_eq!(between(Some("W"), Some("V")), None);
        assert_eq!(between(None, Some("no-such-digit")), None);
    }

    #[test]
    fn always_moving_to_the_top_ends_in_a_column_spread_anew() {
        let mut top = between(None, None).unwrap();
        let moves = (0..10_000).take_while(|_| match between(None, Some(&top)) {
            Some(rank) => {
                assert!(rank < top);
                top = rank;
                true
            }
            None => false,
        });
        assert!((100..10_000).contains(&moves.count()));
    }

    #[test]
    fn spread_ranks_are_in_order_with_room_between_them() {
        for count in [1, 2, 61, 62, 5_000] {
            let ranks = spread(count);
            assert_eq!(ranks.len(), count);
            assert!(
                ranks
                    .windows(2)
                    .all(|pair| pair[0] < pair[1] && between(Some(&pair[0]), Some(&pair[1])).is_some())
            );
            assert!(between(None, ranks.first().map(String::as_str)).is_some());
        }
    }
}
