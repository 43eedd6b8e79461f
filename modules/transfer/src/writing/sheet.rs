//! Tables as people read them: CSV with headings in plain words.

use std::collections::BTreeMap;

use rapport_backup::rules::quoted;
use rapport_base::{Currency, WorkspaceId, text::as_cell};

use crate::{
    catalogue::{Column, Found},
    tables::{MEMBERS, NAMES, Table, USERS},
};

/// How the text of a column is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As it is, made harmless to spreadsheets.
    Text,
    /// As it is.
    Number,
    /// Minor units.
    Money,
    /// Seconds.
    Hours,
    /// `true` or `false`.
    Flag,
}

/// A table as it is asked for and written.
pub(crate) struct Plan {
    /// The statement: one array of texts a row; the last is the currency, unless nothing is money.
    pub sql: String,
    /// The first line.
    pub head: String,
    kinds: Vec<Kind>,
    has_money: bool,
}

/// Columns that say nothing to people.
fn is_technical(table: &Table, column: &Column) -> bool {
    let name = column.name.as_str();
    !table.tells(name)
        || matches!(name, "workspace_id" | "version" | "seq" | "txid" | "storage_key" | "logo_key")
        || name.ends_with("_sort")
        || name.ends_with("_folded")
        || name.ends_with("_rank")
        || name.ends_with("_hash")
        || matches!(column.kind.as_str(), "bytea" | "xid8")
        || column.kind == "jsonb" && !matches!(name, "payload")
}

impl Plan {
    /// How to ask for a table.
    pub(crate) fn of(
        table: &Table,
        found: &Found,
        all: &BTreeMap<String, Found>,
        workspace: WorkspaceId,
    ) -> Self {
        let mut cells = Vec::new();
        let mut heads = Vec::new();
        let mut kinds = Vec::new();
        for column in found.columns.iter().filter(|column| !is_technical(table, column)) {
            let Some((cell, kind)) = cell(column, found, all) else { continue };
            cells.push(cell);
            heads.push(heading(&column.name, kind));
            kinds.push(kind);
        }
        let has_money = kinds.contains(&Kind::Money);
        if has_money {
            cells.push(currency(table, found));
            if found.column("currency").is_none() {
                heads.push("Currency".to_owned());
            }
        }
        let (own, whose) = (found.quoted(), quoted(table.workspace_column()));
        let order: Vec<String> = found.key.iter().map(|column| format!("t.{}", quoted(column))).collect();
        let order = if found.column("seq").is_some() { "t.txid, t.seq".to_owned() } else { order.join(", ") };
        let sql = format!(
            "select array[{}]::text[] from {own} t where t.{whose} = '{workspace}' order by {order}",
            cells.join(", ")
        );
        Self { sql, head: format!("\u{feff}{}", line(&heads)), kinds, has_money }
    }

    /// A row as a line.
    pub(crate) fn line(&self, cells: &[Option<String>], shows_currency: bool) -> String {
        let currency = self.has_money.then(|| cells.last().cloned().flatten()).flatten();
        let decimals = currency.as_deref().and_then(Currency::try_new).map_or(2, Currency::exponent);
        let written = self.kinds.iter().zip(cells).map(|(kind, cell)| {
            let text = cell.as_deref().unwrap_or_default();
            match kind {
                Kind::Text => as_cell(text).into_owned(),
                Kind::Number => text.to_owned(),
                Kind::Money => text.parse().map(|minor| money(minor, decimals)).unwrap_or_default(),
                Kind::Hours => text.parse().map(hours).unwrap_or_default(),
                Kind::Flag => match text {
                    "true" => "yes".into(),
                    "false" => "no".into(),
                    _ => String::new(),
                },
            }
        });
        let mut written: Vec<String> = written.collect();
        if shows_currency && self.has_money {
            written.push(currency.unwrap_or_default());
        }
        line(&written)
    }

    /// Whether the currency stands in a column of its own at the end.
    pub(crate) fn shows_currency(&self, found: &Found) -> bool {
        self.has_money && found.column("currency").is_none()
    }
}

/// What to ask for in a column, and how to write it; none for ids that say nothing.
fn cell(column: &Column, found: &Found, all: &BTreeMap<String, Found>) -> Option<(String, Kind)> {
    let name = format!("t.{}", quoted(&column.name));
    if column.kind == "uuid" {
        if column.name == "id" {
            return Some((format!("{name}::text"), Kind::Text));
        }
        let by_key = found
            .points
            .iter()
            .find(|(at, by)| at != "identity.workspaces" && by.as_deref() == Some(column.name.as_str()))
            .map(|(at, _)| at.as_str());
        let at = by_key.or_else(|| by_name(&column.name))?;
        return named(at, &name, all).map(|sql| (sql, Kind::Text));
    }
    let kind = match column.kind.as_str() {
        "boolean" => return Some((format!("{name}::text"), Kind::Flag)),
        "timestamp with time zone" => {
            let shown = format!("to_char({name} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')");
            return Some((shown, Kind::Text));
        }
        "bigint" | "integer" | "smallint" if column.name.ends_with("_cents") => Kind::Money,
        "bigint" | "integer" if column.name.ends_with("_seconds") => Kind::Hours,
        "bigint" | "integer" | "smallint" => Kind::Number,
        kind if kind.starts_with("numeric") => Kind::Number,
        _ => Kind::Text,
    };
    Some((format!("{name}::text"), kind))
}

/// The table that a column without a key of its own points at, as columns are called.
fn by_name(column: &str) -> Option<&'static str> {
    if column == "member_id" || column.ends_with("_by") {
        return Some(MEMBERS);
    }
    let thing = format!(".{}s", column.strip_suffix("_id")?);
    NAMES.iter().map(|(table, _)| *table).find(|table| table.ends_with(&thing))
}

/// The name of what a column points at.
fn named(at: &str, column: &str, all: &BTreeMap<String, Found>) -> Option<String> {
    if at == MEMBERS {
        return Some(format!(
            "(select n.name from identity.v_members n where n.workspace_id = t.workspace_id and n.id = {column})"
        ));
    }
    if at == USERS {
        return Some(format!(
            "(select n.name || ' <' || n.email || '>' from identity.v_members n
              where n.workspace_id = t.workspace_id and n.user_id = {column})"
        ));
    }
    let (_, label) = NAMES.iter().find(|(table, _)| *table == at)?;
    let from = all.get(at)?.quoted();
    Some(format!(
        "(select n.{} from {from} n where n.workspace_id = t.workspace_id and n.id = {column})",
        quoted(label)
    ))
}

/// Where the currency of a row's amounts is told.
fn currency(table: &Table, found: &Found) -> String {
    match table.sheet.and_then(|sheet| sheet.currency) {
        _ if found.column("currency").is_some() => "t.currency".to_owned(),
        Some(("workspace_id", at)) => format!("(select n.currency from {at} n where n.id = t.workspace_id)"),
        Some((column, at)) => format!(
            "(select n.currency from {at} n where n.workspace_id = t.workspace_id and n.id = t.{})",
            quoted(column)
        ),
        None => {
            "(select n.currency from identity.v_workspace n where n.workspace_id = t.workspace_id)".to_owned()
        }
    }
}

/// `stage_entered_at` as `Stage entered (UTC)`.
fn heading(column: &str, kind: Kind) -> String {
    let ending = match kind {
        Kind::Hours => " (hours)",
        _ if column == "at" || column.ends_with("_at") => " (UTC)",
        _ => "",
    };
    let bare = if column == "at" { "when" } else { column };
    let bare = ["_cents", "_seconds", "_at", "_id"]
        .iter()
        .fold(bare, |name, end| name.strip_suffix(end).unwrap_or(name));
    let bare = bare.strip_prefix("is_").unwrap_or(bare).replace('_', " ");
    let mut letters = bare.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{ending}", letters.as_str())
}

/// Minor units as people write them: `-1234.50`.
fn money(minor: i64, decimals: u32) -> String {
    let unit = 10_u64.pow(decimals);
    let (whole, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let sign = if minor < 0 { "-" } else { "" };
    if decimals == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = decimals as usize)
    }
}

/// Seconds as hours: `1.25`, rounded to hundredths.
fn hours(seconds: i64) -> String {
    let hundredths = (seconds * 100 + 1_800).div_euclid(3_600);
    money(hundredths, 2)
}

fn line(cells: &[String]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
    format!("{}\r\n", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_plain_words() {
        assert_eq!(heading("company_name", Kind::Text), "Company name");
        assert_eq!(heading("total_cents", Kind::Money), "Total");
        assert_eq!(heading("duration_seconds", Kind::Hours), "Duration (hours)");
        assert_eq!(heading("created_at", Kind::Text), "Created (UTC)");
        assert_eq!(heading("client_id", Kind::Text), "Client");
        assert_eq!(heading("is_billable", Kind::Flag), "Billable");
        assert_eq!(heading("at", Kind::Text), "When (UTC)");
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency_and_hours_are_rounded() {
        assert_eq!(money(123_450, 2), "1234.50");
        assert_eq!(money(-5, 2), "-0.05");
        assert_eq!(money(1_234, 0), "1234");
        assert_eq!(money(1_234, 3), "1.234");
        assert_eq!(hours(4_500), "1.25");
        assert_eq!(hours(1), "0.00");
        assert_eq!(hours(3_599), "1.00");
    }

    #[test]
    fn columns_without_a_key_are_known_by_their_names() {
        assert_eq!(by_name("member_id"), Some(MEMBERS));
        assert_eq!(by_name("decided_by"), Some(MEMBERS));
        assert_eq!(by_name("project_id"), Some("projects.projects"));
        assert_eq!(by_name("client_id"), Some("clients.clients"));
        assert_eq!(by_name("session_id"), None);
    }

    #[test]
    fn no_cell_is_a_formula() {
        let plan =
            Plan { sql: String::new(), head: String::new(), kinds: vec![Kind::Text], has_money: false };
        for text in ["=1+1", "@x", "\t=1", " =1", "'=1", "\u{200b}=1", "＝1", "|x"] {
            let written = plan.line(&[Some(text.into())], false);
            assert_eq!(written, format!("\"'{text}\"\r\n"));
        }
        assert_eq!(line(&["a \"b\"".into(), String::new()]), "\"a \"\"b\"\"\",\"\"\r\n");
    }
}
