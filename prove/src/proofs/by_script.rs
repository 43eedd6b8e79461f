//! Promises that tools of another world look at: a script does the work and prints each promise as
//! a line of JSON.

use anyhow::{Result, bail};
use futures::FutureExt;
use serde_json::Value;

use crate::{Ground, Line, Proof, child};

pub const TWO_NODES: Proof = Proof {
    name: "two-nodes",
    does: "`deploy/try` starts what `deploy/` describes: HAProxy with TLS, two nodes, a worker, PgBouncer, a primary and its replica, S3. What nodes must know of one another is tried; then, under load, nodes are replaced and killed, every packet to and from the primary is lost for 30 s and then every twentieth, the primary is restarted, the replica is lost, and the primary is killed and the replica promoted.",
    tried: |ground| told_by(ground, &["deploy/try", "--lines"]).boxed_local(),
};

pub const SCHEMA: Proof = Proof {
    name: "schema",
    does: "schemathesis makes up requests from the API's own description, right and wrong ones, as nobody, a viewer, a key that reads, a client's guest, a member, a manager, an admin and the owner, over the sample data; every answer is held against the description.",
    tried: |ground| told_by(ground, &["scripts/with-schemathesis", "node", "e2e/openapi.mjs"]).boxed_local(),
};

pub const STORED_SCRIPTS: Proof = Proof {
    name: "stored-scripts",
    does: "Texts that would run are planted in every text field of the API and of the forms; Chromium opens every page as the owner, a member, a guest and a stranger, with scripts and without, and reads every mail.",
    tried: |ground| told_by(ground, &["node", "e2e/stored-scripts.mjs"]).boxed_local(),
};

pub const CLOCK_JUMPS: Proof = Proof {
    name: "clock-jumps",
    does: "libfaketime moves the program's clock while it is written to: an hour on and back, a day back, five days on and back. PostgreSQL keeps the right time.",
    tried: |ground| told_by(ground, &["scripts/with-faketime", "node", "prove/clock.mjs"]).boxed_local(),
};

pub const ALERTS: Proof = Proof {
    name: "alerts",
    does: "A real Prometheus reads `deploy/alerts.yml` and a running program: each rule is tried with figures at which it has to fire and with those a minute before; then the program is used, and ended.",
    tried: |ground| told_by(ground, &["scripts/with-prometheus", "node", "prove/alerts.mjs"]).boxed_local(),
};

/// The lines that a script prints about the program, in the folder of the sources.
async fn told_by(ground: &Ground, command: &[&str]) -> Result<Vec<Line>> {
    let [program, arguments @ ..] = command else { bail!("no command") };
    let mut script = child::script(program);
    let output = child::output(script.args(arguments).env("E2E_PROGRAM", ground.program())).await?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let told: Value = serde_json::from_str(line)?;
        let word = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        lines.push(Line::new(word("promise"), told["holds"] == true, word("measured")));
    }
    if lines.is_empty() || output.status.success() != lines.iter().all(|line| line.holds) {
        bail!("{command:?} came to no end: {}", output.status);
    }
    Ok(lines)
}
