//! What becomes of every table when a workspace moves: the one list, held against the database by a test.

mod list;

pub use list::TABLES;

/// What becomes of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// In the file, and taken over by an import.
    Carried,
    /// In the file for reading only, with the reason.
    Told(&'static str),
    /// Not in the file, with the reason.
    LeftOut(&'static str),
}

/// A table and what becomes of it.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name with its schema.
    pub name: &'static str,
    /// What becomes of its rows.
    pub policy: Policy,
    /// Columns that are not in the file, with the reason.
    pub without: &'static [(&'static str, &'static str)],
    /// Columns that are in the file for reading and made anew by an import, with the reason.
    pub renewed: &'static [(&'static str, &'static str)],
    /// The table as people read it.
    pub sheet: Option<Sheet>,
}

/// A table as people read it: one CSV file.
#[derive(Clone, Copy, Debug)]
pub struct Sheet {
    /// Name of the file, without its ending.
    pub file: &'static str,
    /// Where the currency of its amounts is told, if not in the row: the column that points there, and the table.
    pub currency: Option<(&'static str, &'static str)>,
}

impl Table {
    const fn new(name: &'static str, policy: Policy) -> Self {
        Self { name, policy, without: &[], renewed: &[], sheet: None }
    }
    const fn without(mut self, columns: &'static [(&'static str, &'static str)]) -> Self {
        self.without = columns;
        self
    }
    const fn renewed(mut self, columns: &'static [(&'static str, &'static str)]) -> Self {
        self.renewed = columns;
        self
    }
    const fn sheet(mut self, file: &'static str) -> Self {
        self.sheet = Some(Sheet { file, currency: None });
        self
    }
    const fn money(mut self, file: &'static str, column: &'static str, table: &'static str) -> Self {
        self.sheet = Some(Sheet { file, currency: Some((column, table)) });
        self
    }
    /// Whether its rows are in the file.
    #[must_use]
    pub fn is_told(&self) -> bool {
        !matches!(self.policy, Policy::LeftOut(_))
    }
    /// Whether a column is in the file.
    #[must_use]
    pub fn tells(&self, column: &str) -> bool {
        !self.without.iter().any(|(name, _)| *name == column)
    }
    /// Whether an import takes a column over.
    #[must_use]
    pub fn takes(&self, column: &str) -> bool {
        self.tells(column) && !self.renewed.iter().any(|(name, _)| *name == column)
    }
    /// The column that says whose a row is.
    #[must_use]
    pub fn workspace_column(&self) -> &'static str {
        if self.name == WORKSPACES { "id" } else { "workspace_id" }
    }
}

/// The workspace itself: one row.
pub(crate) const WORKSPACES: &str = "identity.workspaces";
/// The people: rows of the members, and of nobody else.
pub(crate) const USERS: &str = "identity.users";
/// Who of them is a member.
pub(crate) const MEMBERS: &str = "identity.memberships";
/// What happened.
pub(crate) const EVENTS: &str = "spine.events";

/// A table by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// Columns that name one thing in words, by their table: shown in sheets instead of ids.
pub(crate) const NAMES: &[(&str, &str)] = &[
    ("clients.clients", "company_name"),
    ("clients.contacts", "name"),
    ("deals.deals", "title"),
    ("deals.pipelines", "name"),
    ("deals.stages", "name"),
    ("projects.projects", "name"),
    ("projects.milestones", "title"),
    ("projects.tasks", "title"),
    ("projects.deliverables", "title"),
    ("projects.templates", "name"),
    ("conversations.conversations", "subject"),
    ("invoicing.invoices", "invoice_number"),
    ("invoicing.tax_rates", "name"),
    ("portal.portals", "title"),
    ("files.files", "name"),
];

/// Columns that say where bytes lie in the store, with the kind of file. An import gives each a new place.
pub const KEYS: &[(&str, &str)] = &[
    ("files.file_versions", "storage_key"),
    ("invoicing.invoice_pdfs", "storage_key"),
    (WORKSPACES, "logo_key"),
];

/// The column of a table that says where bytes lie.
pub(crate) fn key_column(table: &str) -> Option<&'static str> {
    KEYS.iter().find(|(name, _)| *name == table).map(|(_, column)| *column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_listed_once_and_every_sheet_has_a_name_of_its_own() {
        let mut names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let mut sheets: Vec<&str> =
            TABLES.iter().filter_map(|table| table.sheet).map(|sheet| sheet.file).collect();
        for list in [&mut names, &mut sheets] {
            let all = list.len();
            list.sort_unstable();
            list.dedup();
            assert_eq!(list.len(), all);
        }
    }
}
