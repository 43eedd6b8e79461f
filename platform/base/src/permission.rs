//! Permissions: `area.verb`, declared by the module whose verb it is.

use std::collections::BTreeSet;

/// The right to do one thing, by its frozen name `area.verb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission(pub &'static str);

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// A permission with what it means, and which built-in roles hold it.
#[derive(Clone, Copy, Debug)]
pub struct PermissionInfo {
    /// The permission.
    pub permission: Permission,
    /// What it lets a person do, in a sentence.
    pub meaning: &'static str,
    /// Built-in roles that hold it, of `owner admin manager member viewer`.
    pub roles: &'static [&'static str],
}

/// What one actor may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(BTreeSet<&'static str>);

impl PermissionSet {
    /// Whether it holds the permission.
    #[must_use]
    pub fn has(&self, permission: Permission) -> bool {
        self.0.contains(permission.0)
    }
    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().copied()
    }
    /// What a role holds by the declarations of all modules.
    #[must_use]
    pub fn of_role(role: &str, all: &[PermissionInfo]) -> Self {
        all.iter().filter(|info| info.roles.contains(&role)).map(|info| info.permission).collect()
    }
    /// With those of a role's that may be lent: what a deputy of its holder may as well.
    #[must_use]
    pub fn lent_by(mut self, role: &str, all: &[PermissionInfo], lendable: &[Permission]) -> Self {
        let held = Self::of_role(role, all);
        self.0.extend(
            lendable.iter().filter(|permission| held.has(**permission)).map(|permission| permission.0),
        );
        self
    }
    /// Only what both hold: an API key scoped below its owner.
    #[must_use]
    pub fn intersect(&self, names: &[String]) -> Self {
        Self(self.0.iter().copied().filter(|name| names.iter().any(|other| other == name)).collect())
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(all: I) -> Self {
        Self(all.into_iter().map(|permission| permission.0).collect())
    }
}
