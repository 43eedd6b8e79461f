//! Databases of a server: connections as the owner, and making, renaming and dropping.

use anyhow::{Context, Result, bail};
use rapport_db::Address;
use tokio_postgres::{Client, error::SqlState};

use crate::rules::quoted;

/// One way of writing values on both ends, no time limits, and no silent filter by the wall.
const SETTINGS: &str = "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0;
  set lock_timeout = '30s'; set client_min_messages = warning; set search_path = pg_catalog;
  set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres';
  set bytea_output = 'hex'; set extra_float_digits = 1; set row_security = off";

/// A connection as the owner; it ends when the client is dropped.
///
/// # Errors
/// When the server cannot be reached.
pub async fn connect(owner_url: &str) -> Result<Client> {
    let (client, connection) =
        Address::parse(owner_url)?.connect().await.context("cannot connect to the database as its owner")?;
    tokio::spawn(connection);
    client.batch_execute(SETTINGS).await?;
    Ok(client)
}

/// The name of a URL's database.
///
/// # Errors
/// When the URL cannot be read.
pub fn name(url: &str) -> Result<String> {
    match Address::parse(url)?.database() {
        Some(name) => Ok(name.to_owned()),
        None => bail!("the address of the database names none"),
    }
}

/// The same URL with another database.
///
/// # Errors
/// When the URL cannot be read.
pub fn with_name(url: &str, database: &str) -> Result<String> {
    if !url.contains("://") {
        let escaped = database.replace('\\', "\\\\").replace('\'', "\\'");
        return Ok(format!("{url} dbname='{escaped}'"));
    }
    let (rest, query) = url.split_once('?').map_or((url, None), |(rest, query)| (rest, Some(query)));
    let from = rest.find("://").map_or(0, |at| at + 3);
    let end = rest[from..].find('/').map_or(rest.len(), |at| from + at);
    let encoded: String = url::form_urlencoded::byte_serialize(database.as_bytes()).collect();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok(format!("{}/{}{query}", &rest[..end], encoded.replace('+', "%20")))
}

/// Whether the server has such a database.
///
/// # Errors
/// When the server refuses.
pub async fn exists(client: &Client, database: &str) -> Result<bool> {
    Ok(client.query_opt("select 1 from pg_database where datname = $1", &[&database]).await?.is_some())
}

/// Makes a database that only its owner and the serving role may enter.
///
/// # Errors
/// In words, when the owner may not make databases.
pub async fn create(client: &Client, database: &str) -> Result<()> {
    let name = quoted(database);
    match client.batch_execute(&format!("create database {name} template template0 encoding 'UTF8'")).await {
        Ok(()) => {}
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => bail!(
            "the owner of the database may not make another one; an administrator of the server must run once: \
             alter role {} createdb;",
            quoted(&owner(client).await?)
        ),
        Err(error) => return Err(error).with_context(|| format!("cannot make the database {database}")),
    }
    client.batch_execute(&format!("revoke all on database {name} from public")).await?;
    let serving = client.query_opt("select 1 from pg_roles where rolname = 'rapport_app'", &[]).await?;
    if serving.is_some() {
        client.batch_execute(&format!("grant connect on database {name} to rapport_app")).await?;
    }
    Ok(())
}

/// Drops a database, with whoever is in it.
///
/// # Errors
/// When the server refuses.
pub async fn drop(client: &Client, database: &str) -> Result<()> {
    client
        .batch_execute(&format!("drop database if exists {} with (force)", quoted(database)))
        .await
        .with_context(|| format!("cannot drop the database {database}"))
}

/// Renames a database nobody is in.
///
/// # Errors
/// In words, when somebody is.
pub async fn rename(client: &Client, from: &str, to: &str) -> Result<()> {
    let renamed =
        client.batch_execute(&format!("alter database {} rename to {}", quoted(from), quoted(to))).await;
    match renamed {
        Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => {
            bail!("somebody is using the database {from}: stop Rapport first")
        }
        other => other.with_context(|| format!("cannot rename the database {from}")),
    }
}

/// Who uses a database besides this connection.
///
/// # Errors
/// When the server refuses.
pub async fn users(client: &Client, database: &str) -> Result<i64> {
    let row = client
        .query_one(
            "select count(*) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid() and backend_type = 'client backend'",
            &[&database],
        )
        .await?;
    Ok(row.get(0))
}

async fn owner(client: &Client) -> Result<String> {
    Ok(client.query_one("select current_user::text", &[]).await?.get(0))
}

/// Refuses a role that the wall would show only part of the rows.
///
/// # Errors
/// In words, with what an administrator must run.
pub async fn sees_everything(client: &Client) -> Result<()> {
    let row = client
        .query_one(
            "select rolsuper or rolbypassrls, rolname::text from pg_roles where rolname = current_user",
            &[],
        )
        .await?;
    if !row.get::<_, bool>(0) {
        bail!(
            "the owner of the database stands behind the wall between workspaces and cannot read all rows; \
             an administrator of the server must run once: alter role {} bypassrls;",
            quoted(row.get(1))
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_changed_and_nothing_else() {
        let urls = [
            ("postgresql://o@%2Ftmp%2Fx:5432/rapport", "postgresql://o@%2Ftmp%2Fx:5432/other"),
            ("postgres://o:p%2Fw@h/rapport?sslmode=disable", "postgres://o:p%2Fw@h/other?sslmode=disable"),
            ("postgres://o@h", "postgres://o@h/other"),
        ];
        for (url, expected) in urls {
            let changed = with_name(url, "other").unwrap();
            assert_eq!(changed, expected);
            assert_eq!(name(&changed).unwrap(), "other");
        }
        let changed = with_name("host=/tmp user=o dbname=rapport", "it's").unwrap();
        assert_eq!(name(&changed).unwrap(), "it's");
    }
}
