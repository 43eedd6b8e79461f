//! One list on a page: what is filtered, how it is sorted, where it goes on.

use std::fmt::{Display, Write};

/// A keyset list and the URLs of its neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    /// The page's path, without the query.
    pub path: String,
    /// Filters in force, without sort and cursors.
    pub query: Vec<(String, String)>,
    /// The sort key; a leading `-` means descending.
    pub sort: String,
    /// Rows on this page.
    pub shown: usize,
    /// Rows in all.
    pub total: u64,
    /// The count stopped at `total`.
    pub total_is_at_least: bool,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// Cursor of the page before.
    pub previous: Option<String>,
    /// What one and many rows are called.
    pub noun: (&'static str, &'static str),
}

impl ListState {
    /// The value of one filter, or nothing.
    pub fn get(&self, name: &str) -> &str {
        if name == "sort" {
            return &self.sort;
        }
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of one filter.
    pub fn values(&self, name: &str) -> Vec<String> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// This list with one parameter changed, from its first page.
    pub fn with(&self, name: &str, value: impl Display) -> String {
        let value = value.to_string();
        let mut pairs: Vec<(&str, &str)> = self.pairs().filter(|(key, _)| *key != name).collect();
        if !value.is_empty() {
            pairs.push((name, &value));
        }
        self.url(&pairs)
    }

    /// This list without one parameter.
    pub fn without(&self, name: &str) -> String {
        self.with(name, "")
    }

    /// This list without any filter.
    pub fn cleared(&self) -> String {
        self.url(&[])
    }

    /// Is any filter in force?
    pub fn is_filtered(&self) -> bool {
        self.query.iter().any(|(_, value)| !value.is_empty())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let sort = (!self.sort.is_empty()).then_some(("sort", self.sort.as_str()));
        self.query
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .filter(|(_, value)| !value.is_empty())
            .chain(sort)
    }

    fn url(&self, pairs: &[(&str, &str)]) -> String {
        let mut url = self.path.clone();
        for (i, (key, value)) in pairs.iter().enumerate() {
            url.push(if i == 0 { '?' } else { '&' });
            encode(&mut url, key);
            url.push('=');
            encode(&mut url, value);
        }
        url
    }
}

/// Percent-encodes one part of a query.
pub(crate) fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte as char);
            }
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_a_list_keep_the_filters_and_drop_the_cursor() {
        let list = ListState {
            path: "/app/acme/clients".into(),
            query: vec![("search".into(), "Ä & co".into()), ("stage".into(), String::new())],
            sort: "-revenue".into(),
            next: Some("c1".into()),
            ..ListState::default()
        };
        assert!(list.is_filtered());
        assert_eq!(
            list.with("after", "c1"),
            "/app/acme/clients?search=%C3%84%20%26%20co&sort=-revenue&after=c1"
        );
        assert_eq!(list.without("search"), "/app/acme/clients?sort=-revenue");
        assert_eq!(list.get("sort"), "-revenue");
    }
}
