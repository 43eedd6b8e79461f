//! `rapport doctor` on installations that are broken, each in one way.

use std::process::Command;

use rapport_testkit::World;

use crate::world;

/// A database, and a data directory to go with it.
struct Patient {
    world: World,
    data: tempfile::TempDir,
}

impl Patient {
    async fn new() -> Self {
        Self { world: world().await, data: tempfile::tempdir().unwrap() }
    }

    async fn run(&self, sql: &str) {
        self.world.owner().await.batch_execute(sql).await.unwrap();
    }

    /// What the doctor says is broken and what to do, with some settings changed.
    fn complaints(&self, changed: &[(&str, &str)]) -> Vec<(String, String)> {
        let output = Command::new(env!("CARGO_BIN_EXE_rapport"))
            .arg("doctor")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RAPPORT_LOG", "off")
            .env("RAPPORT_DATA_DIR", self.data.path())
            .env("DATABASE_URL", self.world.app.db.url())
            .envs(changed.iter().copied())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let mut lines = said.lines().peekable();
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            let Some(broken) = line.strip_prefix("BROKEN  ") else { continue };
            let advice = lines.peek().and_then(|next| next.trim().strip_prefix("do: ")).unwrap_or_default();
            // The cluster of the tests does not wait for its disk.
            if !broken.contains("a power cut loses") {
                found.push((broken.to_owned(), advice.to_owned()));
            }
        }
        assert!(said.contains("settings: "), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(found.is_empty() || !output.status.success(), "{said}");
        found
    }

    fn complains(&self, changed: &[(&str, &str)], of: &str, advises: &str) {
        let found = self.complaints(changed);
        assert_eq!(found.len(), 1, "{of}: {found:?}");
        assert!(found[0].0.contains(of) && found[0].1.contains(advises), "{of}, {advises}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_installation_is_left_as_it_is() {
    let patient = Patient::new().await;
    assert_eq!(patient.complaints(&[]), []);
    let left: Vec<_> =
        std::fs::read_dir(patient.data.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(left.iter().all(|name| name != "keys"), "it makes no key ring: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_outside_is_named_with_what_to_do() {
    let patient = Patient::new().await;
    let file = patient.data.path().join("file");
    std::fs::write(&file, "").unwrap();
    let backups = patient.data.path().join("none");
    let nobody = patient.world.app.db.url().replace("rapport_app", "rapport_nobody");
    for (setting, value, of, advises) in [
        ("RAPPORT_DATA_DIR", file.to_str().unwrap(), "data directory", "RAPPORT_DATA_DIR"),
        ("RAPPORT_MASTER_KEY", "short", "key ring", "put the copy"),
        ("DATABASE_URL", "postgres://rapport_app@127.0.0.1:1/rapport", "database", "PostgreSQL runs"),
        ("DATABASE_URL", &nobody, "database", "user and password"),
        ("S3_URL", "s3://k:s@127.0.0.1:1/b?path_style=1&allow_http=1", "files", "S3_URL"),
        ("SMTP_URL", "smtp://127.0.0.1:1", "mail", "SMTP_URL"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1", "traces", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ("RAPPORT_BACKUP_TO", backups.to_str().unwrap(), "backups: there is none", "rapport backup"),
    ] {
        patient.complains(&[(setting, value)], of, advises);
    }
    let stripe = [("STRIPE_SECRET_KEY", "sk_test_1"), ("STRIPE_API_BASE", "http://127.0.0.1:1")];
    patient.complains(&stripe, "payments", "may reach Stripe");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_the_database_is_named_with_what_to_do() {
    let patient = Patient::new().await;
    patient.run("delete from app.migrations where name = '0580_doctor_reads_migrations'").await;
    patient.complains(&[], "migrations wait: 0580", "rapport migrate");
    patient
        .run("insert into app.migrations (name, checksum) values ('0580_doctor_reads_migrations', '')")
        .await;

    patient.run("alter table clients.clients no force row level security").await;
    patient.complains(&[], "without a wall: clients.clients", "force row level security");
    patient.run("alter table clients.clients force row level security").await;

    patient
        .run(
            "insert into queue.jobs (workspace_id, name, payload, state, max_attempts, died_at)
              values (gen_random_uuid(), 'lost.cause', '{}', 'dead', 1, now())",
        )
        .await;
    patient.complains(&[], "1 of lost.cause", "rapport jobs dead");
    patient.run("update queue.jobs set state = 'ready', died_at = null, run_at = now() - interval '1 hour', created_at = now() - interval '1 hour'").await;
    patient.complains(&[], "the oldest has waited 3600 s", "rapport worker");
    patient.run("delete from queue.jobs").await;

    identity::testing::owner(&patient.world).await;
    patient.complains(&[], "sealed with another key ring", "put the former");
}
