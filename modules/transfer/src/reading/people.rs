//! Who the members are here: known by their addresses, and given nothing that is another's.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use identity::workspaces::moving::{self, Known, Person};
use rapport_db::SystemTx;
use serde::Deserialize;
use uuid::Uuid;

use super::{Archive, Newcomer};
use crate::{
    tables::{MEMBERS, USERS},
    writing::told,
};

/// Members at most: they are held in memory.
const MOST: u64 = 100_000;

/// The members' accounts here, by their ids there.
pub(crate) struct People(HashMap<Uuid, Known>);

#[derive(Deserialize)]
struct UserRow {
    id: Uuid,
    email: String,
    name: String,
    locale: String,
    timezone: String,
}

#[derive(Deserialize)]
struct MemberRow {
    user_id: Uuid,
    role: String,
    is_active: bool,
}

impl People {
    /// Finds or makes everyone's account; tells who came.
    pub(crate) async fn take_in(
        tx: &SystemTx,
        archive: &Archive,
        trusts: bool,
    ) -> Result<(Self, Vec<Newcomer>)> {
        let (mut people, mut came) = (HashMap::new(), Vec::new());
        for row in read::<UserRow>(archive, USERS).await? {
            let person =
                Person { email: row.email, name: row.name, locale: row.locale, timezone: row.timezone };
            let mut known = moving::take_in(tx, &person).await.map_err(told)?;
            known.is_theirs |= trusts;
            people.insert(row.id, known);
            came.push(Newcomer { email: person.email, is_new: known.is_new, is_held_back: !known.is_theirs });
        }
        let members = read::<MemberRow>(archive, MEMBERS).await?;
        let leads = |row: &MemberRow| {
            row.role == "owner"
                && row.is_active
                && people.get(&row.user_id).is_some_and(|known| known.is_theirs)
        };
        if !members.iter().any(leads) {
            bail!(
                "no owner of the workspace could get in here: the file has none that is active, or the account that has \
                 the address here has not confirmed it yet (--trust-addresses takes it for theirs)"
            );
        }
        Ok((Self(people), came))
    }

    /// What changes in a row of a member: the account, and whether it is active. An account that never
    /// proved to read the address may be anyone's: its membership waits until an owner lets it in.
    pub(crate) fn change(&self, user: Uuid, now: &str) -> Result<serde_json::Value> {
        let known = self.0.get(&user).context("a member is nobody of the file")?;
        let mut change = serde_json::json!({ "user_id": known.user_id });
        if !known.is_theirs {
            change["is_active"] = false.into();
            change["deactivated_at"] = now.into();
        }
        Ok(change)
    }
}

async fn read<T: for<'a> Deserialize<'a>>(archive: &Archive, table: &str) -> Result<Vec<T>> {
    let part = archive.manifest.tables.iter().find(|part| part.table == table);
    let part = part.with_context(|| format!("the file lacks {table}"))?;
    if part.rows > MOST {
        bail!("{table} has too many rows");
    }
    let mut found = Vec::new();
    let mut lines = archive.lines(&part.part.path);
    while let Some(batch) = lines.recv().await {
        for line in batch? {
            found.push(
                serde_json::from_str(&line).with_context(|| format!("a row of {table} cannot be read"))?,
            );
        }
    }
    Ok(found)
}
