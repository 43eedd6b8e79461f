//! Backups in a bucket, against `moto_server` (Python package `moto[server]`) on a free loopback port.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rapport_backup::{Keep, Line, Place, Progress, Source, prune, verify};

use crate::{FIGURES, house, passphrase, said};

struct Server {
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn start() -> Option<Server> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let started = Command::new("moto_server")
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(process) = started else {
        assert!(std::env::var_os("RAPPORT_COUNTERPARTS").is_none(), "moto_server is not on PATH");
        eprintln!("SKIPPED: moto_server is not on PATH (scripts/with-counterparts cargo test)");
        return None;
    };
    let server = Server { process, port };
    for _ in 0..150 {
        if make_bucket(port).is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            return Some(server);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("moto_server did not start");
}

fn make_bucket(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let request = "PUT /kept HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[tokio::test]
async fn a_bucket_keeps_backups_below_a_prefix_and_gives_them_back() {
    let Some(server) = start().await else { return };
    let house = house().await;
    let address =
        format!("s3://key:se%2Fcret@127.0.0.1:{}/kept/of/ours?path_style=1&allow_http=1", server.port);
    let place = Place::open(&address).unwrap();
    assert!(!place.shown().contains("cret"), "{}", place.shown());
    assert!(said(&place.backup("latest").await.unwrap_err()).contains("no whole backup"));

    let first = house.backup_to(&place, &passphrase()).await.unwrap();
    house.world.clock.advance(jiff::SignedDuration::from_hours(1));
    let second = house.backup_to(&place, &passphrase()).await.unwrap();
    assert_eq!(second.reused, 3);
    let source = Source::open(&place, "latest", &passphrase()).await.unwrap();
    assert_eq!(source.envelope.id, second.envelope.id);
    let look = async |_: &str| Ok(Vec::new());
    let lines = verify(&source, &house.world.owner_url, FIGURES, &Progress::quiet(), look).await.unwrap();
    assert!(lines.iter().all(Line::agrees), "{lines:?}");

    let keep = Keep { count: Some(1), days: None };
    let pruned = prune(&place, keep, house.world.clock.now()).await.unwrap();
    assert_eq!(pruned.backups, [first.envelope.id]);
    assert_eq!(place.backups().await.unwrap().0.len(), 1);
}
