//! The database: reachable, new enough, as new as the program, the wall standing.

use anyhow::Result;
use rapport_db::{Address, Condition, OLDEST_VERSION};

use super::Finding;
use crate::{
    settings::Settings,
    start::{self, Addresses},
};

const PART: &str = "database";
/// What PostgreSQL keeps for its administrator, with some for the owner's commands.
const RESERVED: usize = 8;

/// What it is like, and whether the program can work with it.
pub(super) async fn look(settings: &Settings, addresses: &Addresses) -> Result<(Vec<Finding>, bool)> {
    let config = start::config(settings, addresses)?;
    Ok(match rapport_db::look(&config).await {
        Err(error) => (vec![Finding::broken(PART, said(&error), advice(&error))], false),
        Ok(condition) => {
            let mut found = judged(&condition, config.connections);
            found.extend(on_the_way(&config.url)?);
            (found, condition.waiting.is_empty())
        }
    })
}

/// Whether somebody in between could read along.
fn on_the_way(url: &str) -> Result<Option<Finding>> {
    let open = Address::parse(url)?.is_open_on_the_way();
    Ok(open.then(|| {
        Finding::notice(
            PART,
            "its address does not ask for encryption, and it is on another machine",
            "add ?sslmode=verify-full&sslrootcert=FILE, or see that nobody else is on that network",
        )
    }))
}

pub(super) fn said(error: &anyhow::Error) -> String {
    // The driver's own words come last, and are the clear ones.
    error.chain().last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn advice(error: &anyhow::Error) -> &'static str {
    let text = format!("{error:#}");
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if any(&["password", "authentication", "role \"", "pg_hba"]) {
        "check user and password in DATABASE_URL: the application's role signs in, not the owner"
    } else if any(&["TLS", "certificate", "sslmode", "sslrootcert"]) {
        "look at sslmode and sslrootcert in DATABASE_URL, and at the certificate the server shows: it must name the host"
    } else if any(&["does not exist", "never migrated", "rapport_system"]) {
        "set DATABASE_OWNER_URL and run `rapport migrate`: it makes the roles, or says what an administrator must run"
    } else {
        "see that PostgreSQL runs and that host and port in DATABASE_URL are right"
    }
}

fn judged(condition: &Condition, wanted: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut broken = |text: String, advice: &str| found.push(Finding::broken(PART, text, advice));
    if condition.major < OLDEST_VERSION {
        broken(format!("PostgreSQL {} is too old", condition.version), "move to PostgreSQL 15 or newer");
    }
    if condition.passes_the_wall {
        broken(
            "its role sees past the policies: nothing would part one workspace from another".into(),
            "let DATABASE_URL sign in as rapport_app, and `alter role … nosuperuser nobypassrls`",
        );
    }
    if !condition.open_tables.is_empty() {
        broken(
            format!("tables without a wall: {}", condition.open_tables.join(", ")),
            "someone changed the schema: `alter table … enable row level security, force row level security`, then look at the policies of the neighbours",
        );
    }
    if !condition.waiting.is_empty() {
        broken(
            format!("{} migrations wait: {}", condition.waiting.len(), condition.waiting.join(", ")),
            "rapport migrate",
        );
    }
    if !condition.careless.is_empty() {
        broken(
            format!("{} is off: a power cut loses what was acknowledged", condition.careless.join(", ")),
            "`alter system set … = on`, then restart PostgreSQL",
        );
    }
    if condition.ahead.abs() > 5.0 {
        broken(
            format!("its clock is {:.0} s away from this machine's", condition.ahead),
            "let both machines keep time by NTP",
        );
    }
    if !condition.unknown.is_empty() {
        found.push(Finding::notice(
            PART,
            format!("it is newer than this program, by {}", condition.unknown.join(", ")),
            "fine during an update; otherwise start the newer program",
        ));
    }
    if condition.connections < wanted + RESERVED {
        found.push(Finding::notice(
            PART,
            format!("{} connections are allowed, one process may take {wanted}", condition.connections),
            "raise max_connections, lower DATABASE_CONNECTIONS, or put PgBouncer in between",
        ));
    }
    if found.is_empty() {
        found.push(Finding::fine(PART, format!("PostgreSQL {}, up to date", condition.version)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    fn healthy() -> Condition {
        Condition {
            version: "18.4".into(),
            major: 18,
            passes_the_wall: false,
            waiting: Vec::new(),
            unknown: Vec::new(),
            open_tables: Vec::new(),
            careless: Vec::new(),
            ahead: 0.0,
            connections: 100,
        }
    }

    #[test]
    fn a_database_on_another_machine_without_encryption_is_noticed() {
        assert!(on_the_way("postgres://u@db.example/d").unwrap().unwrap().advice.contains("verify-full"));
        assert!(on_the_way("postgres://u@db.example/d?sslmode=require").unwrap().is_none());
        assert!(on_the_way("postgres://u@127.0.0.1/d").unwrap().is_none());
    }

    #[test]
    fn each_thing_that_is_wrong_is_named_with_what_to_do() {
        assert_eq!(judged(&healthy(), 24)[0].state, State::Fine);
        let cases: [(Condition, State, &str); 8] = [
            (Condition { major: 14, ..healthy() }, State::Broken, "15 or newer"),
            (Condition { passes_the_wall: true, ..healthy() }, State::Broken, "rapport_app"),
            (Condition { open_tables: vec!["a.b".into()], ..healthy() }, State::Broken, "row level security"),
            (Condition { waiting: vec!["0001"], ..healthy() }, State::Broken, "rapport migrate"),
            (Condition { careless: vec!["fsync".into()], ..healthy() }, State::Broken, "restart"),
            (Condition { ahead: -90.0, ..healthy() }, State::Broken, "NTP"),
            (Condition { unknown: vec!["9999".into()], ..healthy() }, State::Notice, "newer program"),
            (Condition { connections: 20, ..healthy() }, State::Notice, "max_connections"),
        ];
        for (condition, state, advice) in cases {
            let found = judged(&condition, 24);
            assert_eq!((found.len(), found[0].state), (1, state), "{found:?}");
            assert!(found[0].advice.contains(advice), "{found:?}");
        }
    }
}
