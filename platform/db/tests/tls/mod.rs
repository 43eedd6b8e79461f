//! A PostgreSQL that lets nobody in unencrypted, reached with every `sslmode`.

use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rapport_base::Clock;
use rapport_db::{Address, Db, DbConfig, migrate};
use rapport_embedded::{Cluster, Options};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

const PASSWORD: &str = "correct-horse";

/// A certificate of its own making, and what it signs with.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut wished = CertificateParams::new(Vec::new()).unwrap();
        wished.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self { certificate: wished.self_signed(&key).unwrap(), issuer: Issuer::new(wished, key) }
    }

    /// Certificate and key for a server known as `localhost`, and by no number.
    fn server(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let wished = CertificateParams::new(vec!["localhost".into()]).unwrap();
        (wished.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

struct Server {
    folder: TempDir,
    process: Child,
    port: u16,
}

impl Server {
    async fn start((certificate, key): (String, String)) -> Self {
        let folder = TempDir::new().unwrap();
        // The database may run as another user, who must come through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let options = Options {
            data_dir: folder.path().join("postgres"),
            binaries: std::env::var_os("RAPPORT_PG_BIN").map(PathBuf::from),
            ..Options::default()
        };
        let cluster = Cluster::start(options).await.unwrap();
        cluster.create_database("rapport").await.unwrap();
        let (owner, driver) = Address::parse(&cluster.owner_url("rapport")).unwrap().connect().await.unwrap();
        tokio::spawn(driver);
        let passwords = format!(
            "alter role rapport_app password '{PASSWORD}'; alter role rapport_owner password '{PASSWORD}'"
        );
        owner.batch_execute(&passwords).await.unwrap();
        let data = folder.path().join("postgres/cluster");
        let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap();
        let program = fs::read_link(format!("/proc/{}/exe", lock.lines().next().unwrap())).unwrap();
        drop(owner);
        cluster.stop().await.unwrap();

        write(&data, "pg_hba.conf", "hostssl all all 127.0.0.1/32 scram-sha-256\n");
        present(&data, &certificate, &key);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let user = fs::metadata(&data).unwrap();
        let mut command = Command::new(program);
        if user.uid() != rustix::process::geteuid().as_raw() {
            command.uid(user.uid()).gid(user.gid());
        }
        let process = command
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            .args(["-c", "ssl=on", "-c", "logging_collector=off", "-c", &format!("port={port}")])
            .current_dir("/")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { folder, process, port };
        let began = Instant::now();
        while server.greets("127.0.0.1", "sslmode=require").await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "it does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    fn url(&self, user: &str, host: &str, how: &str) -> String {
        format!("postgresql://{user}:{PASSWORD}@{host}:{}/rapport?{how}", self.port)
    }

    /// Whether the server says that it is spoken to encrypted; why not, when it is not reached.
    async fn greets(&self, host: &str, how: &str) -> Result<bool, String> {
        let address =
            Address::parse(&self.url("rapport_app", host, how)).map_err(|error| format!("{error:#}"))?;
        let (client, driver) = address.connect().await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            format!("{error}: {cause}")
        })?;
        tokio::spawn(driver);
        let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        Ok(client.query_one(sql, &[]).await.unwrap().get(0))
    }

    /// Shows another certificate from now on.
    async fn present(&self, (certificate, key): (String, String)) {
        present(&self.folder.path().join("postgres/cluster"), &certificate, &key);
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }

    /// A file with certificates to trust.
    fn trusts(&self, name: &str, certificates: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, certificates).unwrap();
        path.display().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn present(data: &Path, certificate: &str, key: &str) {
    write(data, "server.crt", certificate);
    write(data, "server.key", key);
}

fn write(data: &Path, name: &str, text: &str) {
    let path = data.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let user = fs::metadata(data).unwrap();
    chown(&path, Some(user.uid()), Some(user.gid())).unwrap();
}

#[tokio::test]
async fn a_server_is_spoken_to_encrypted_and_looked_at_as_closely_as_its_address_asks() {
    let authority = Authority::new();
    let server = Server::start(authority.server()).await;
    let known = server.trusts("known.pem", &authority.certificate.pem());
    let other = server.trusts("other.pem", &Authority::new().certificate.pem());

    for (host, how) in [
        ("127.0.0.1", "".to_owned()),
        ("127.0.0.1", "sslmode=prefer".into()),
        ("127.0.0.1", "sslmode=require".into()),
        ("127.0.0.1", "sslmode=require&channel_binding=require".into()),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={known}")),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={known}")),
        ("localhost", format!("sslmode=verify-full&sslrootcert={known}")),
        ("localhost", format!("sslrootcert={known}&channel_binding=require&sslmode=verify-full")),
    ] {
        assert_eq!(server.greets(host, &how).await, Ok(true), "{host} {how}");
    }
    for (host, how, why) in [
        ("127.0.0.1", "sslmode=disable".to_owned(), "no encryption"),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={known}"), "not valid for name"),
        ("localhost", format!("sslmode=verify-full&sslrootcert={other}"), "invalid peer certificate"),
        ("localhost", format!("sslmode=verify-ca&sslrootcert={other}"), "invalid peer certificate"),
        ("localhost", format!("sslmode=require&sslrootcert={other}"), "invalid peer certificate"),
        ("localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem".into(), "/nowhere.pem"),
    ] {
        let said = server.greets(host, &how).await.unwrap_err();
        assert!(said.contains(why), "{host} {how}: {said}");
    }
    // Without a file it is the machine's authorities that are asked, and none of them knows this one.
    assert!(server.greets("localhost", "sslmode=verify-full").await.is_err());
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_taken_when_it_is_the_one_that_was_named() {
    let mut wished = CertificateParams::new(vec!["localhost".into()]).unwrap();
    wished.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let own = wished.self_signed(&key).unwrap();
    let server = Server::start((own.pem(), key.serialize_pem())).await;
    let known = server.trusts("known.pem", &own.pem());
    let how = format!("sslmode=verify-full&sslrootcert={known}");
    assert_eq!(server.greets("localhost", &how).await, Ok(true));
    assert!(server.greets("127.0.0.1", &how).await.is_err(), "its name is looked at all the same");

    // Whoever plays the server has another key.
    let impostor = KeyPair::generate().unwrap();
    server.present((wished.self_signed(&impostor).unwrap().pem(), impostor.serialize_pem())).await;
    assert!(server.greets("localhost", &how).await.is_err());
    assert_eq!(server.greets("localhost", "sslmode=require").await, Ok(true));
}

#[tokio::test]
async fn migrations_and_the_pool_go_over_tls_as_well() {
    let authority = Authority::new();
    let server = Server::start(authority.server()).await;
    let how = format!(
        "sslmode=verify-full&sslrootcert={}",
        server.trusts("known.pem", &authority.certificate.pem())
    );
    assert!(!migrate(&server.url("rapport_owner", "localhost", &how)).await.unwrap().is_empty());
    for more in ["", "&pgbouncer=true"] {
        let config = DbConfig::new(&server.url("rapport_app", "localhost", &format!("{how}{more}")));
        let db = Db::new(&config, Clock::system()).unwrap();
        let tx = db.system().await.unwrap();
        // The server lets nobody in unencrypted.
        assert_eq!(tx.query::<(i32,)>("select 1", &[]).await.unwrap(), [(1,)]);
    }
    let wrong = DbConfig::new(&server.url("rapport_app", "127.0.0.1", &how));
    let refused = Db::new(&wrong, Clock::system()).unwrap().system().await;
    assert!(refused.is_err(), "a server of another name is not spoken to");
}
