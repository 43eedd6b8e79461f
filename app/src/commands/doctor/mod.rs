//! `rapport doctor`: what is wrong with this installation, and what to do. It changes nothing.

mod archive;
mod database;
mod machine;
mod outside;
mod replica;
mod work;

use anyhow::{Result, bail};

use crate::{keys, settings::Settings, start};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fine,
    Notice,
    Broken,
}

/// What was found out about one part.
#[derive(Debug)]
struct Finding {
    state: State,
    part: &'static str,
    text: String,
    /// What to do about it.
    advice: String,
}

impl Finding {
    fn fine(part: &'static str, text: impl Into<String>) -> Self {
        Self { state: State::Fine, part, text: text.into(), advice: String::new() }
    }
    fn notice(part: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: State::Notice, part, text: text.into(), advice: advice.into() }
    }
    fn broken(part: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: State::Broken, part, text: text.into(), advice: advice.into() }
    }
    fn say(&self) {
        let word = match self.state {
            State::Fine => "ok    ",
            State::Notice => "notice",
            State::Broken => "BROKEN",
        };
        println!("{word}  {}: {}", self.part, self.text);
        if !self.advice.is_empty() {
            println!("        do: {}", self.advice);
        }
    }
}

/// Looks at every part in turn and says what it finds.
pub async fn run(settings: Settings) -> Result<()> {
    let mut found = machine::look(&settings);
    found.iter().for_each(Finding::say);
    if found.iter().all(|finding| finding.state != State::Broken) {
        let rest = beyond(&settings).await?;
        rest.iter().for_each(Finding::say);
        found.extend(rest);
    }
    match found.iter().filter(|finding| finding.state == State::Broken).count() {
        0 => Ok(()),
        broken => bail!("{broken} broken"),
    }
}

/// What needs a working data directory.
async fn beyond(settings: &Settings) -> Result<Vec<Finding>> {
    if settings.find("DATABASE_URL").is_none() && !settings.data_dir().join("postgres/cluster").exists() {
        let text = "there is none yet; the first start makes one";
        return Ok(vec![Finding::notice("database", text, "rapport serve, or set DATABASE_URL")]);
    }
    let addresses = match start::database(settings).await {
        Ok(addresses) => addresses,
        Err(error) => {
            let advice = "read the lines above and RAPPORT_DATA_DIR/postgres/startup.log; RAPPORT_PG_BIN names other programs";
            return Ok(vec![Finding::broken("database", format!("{error:#}"), advice)]);
        }
    };
    let runs = settings.find("DATABASE_URL").is_some() || addresses.cluster.is_none();
    let (mut found, works) = database::look(settings, &addresses).await?;
    found.extend(archive::look(settings, &addresses).await);
    if works {
        let app = start::assemble(settings, &addresses, keys::borrow)?;
        found.extend(replica::find(settings, &app).await);
        found.extend(work::look(&app, runs).await);
        found.extend(outside::look(settings, &app).await);
    }
    addresses.stop().await?;
    Ok(found)
}
