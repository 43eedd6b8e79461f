//! The machine: settings, data directory, key ring.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use rapport_backup::rules::size;

use super::Finding;
use crate::{keys, settings::Settings, start};

/// Below this the database may have to stop.
const SCARCE: u64 = 512 * 1024 * 1024;
const LITTLE: u64 = 4 * SCARCE;

pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let lines = settings.printed().lines().count();
    let mut found = vec![Finding::fine("settings", format!("{lines} lines, no unknown names"))];
    found.extend(address(settings));
    match start::data_dir(settings) {
        Err(error) => found.push(Finding::broken(
            "data directory",
            format!("{error:#}"),
            "let RAPPORT_DATA_DIR name a folder that the user of this program may write",
        )),
        Ok(folder) => {
            found.push(writable(&folder));
            found.push(key_ring(settings, &folder));
        }
    }
    found
}

fn address(settings: &Settings) -> Option<Finding> {
    let url = settings.public_url().ok()?;
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    (url.scheme() == "http" && !local).then(|| {
        Finding::notice(
            "address",
            format!("{url} is http: cookies travel in the clear"),
            "put a proxy with a certificate in front, and let RAPPORT_PUBLIC_URL begin with https",
        )
    })
}

fn writable(folder: &Path) -> Finding {
    let part = "data directory";
    let probe = folder.join(".doctor");
    if let Err(error) = fs::write(&probe, b"written").and_then(|()| fs::remove_file(&probe)) {
        let text = format!("{} cannot be written: {error}", folder.display());
        return Finding::broken(part, text, "give the folder to the user of this program, or make room");
    }
    let room = "make room, or move RAPPORT_DATA_DIR to a larger disk";
    match free(folder) {
        Some(free) if free < SCARCE => {
            Finding::broken(part, format!("{} are left on its disk", size(free)), room)
        }
        Some(free) if free < LITTLE => {
            Finding::notice(part, format!("{} are left on its disk", size(free)), room)
        }
        Some(free) => Finding::fine(part, format!("{}, {} free", folder.display(), size(free))),
        None => Finding::fine(part, folder.display().to_string()),
    }
}

fn free(folder: &Path) -> Option<u64> {
    let disk = nix::sys::statvfs::statvfs(folder).ok()?;
    Some(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

fn key_ring(settings: &Settings, folder: &Path) -> Finding {
    let part = "key ring";
    let file = folder.join("keys");
    if settings.find("RAPPORT_MASTER_KEY").is_none() {
        let Ok(facts) = fs::metadata(&file) else {
            return Finding::notice(
                part,
                "there is none yet; the first start makes one",
                "if this installation was moved here, bring RAPPORT_DATA_DIR/keys along before it starts",
            );
        };
        if facts.permissions().mode() & 0o077 != 0 {
            let text = format!("others may read {}", file.display());
            return Finding::broken(part, text, format!("chmod 600 {}", file.display()));
        }
    }
    match keys::borrow(settings) {
        Ok(_) => Finding::fine(part, "readable; keep a copy apart from the database"),
        Err(error) => Finding::broken(
            part,
            format!("{error:#}"),
            "put the copy of RAPPORT_DATA_DIR/keys (or RAPPORT_MASTER_KEY) back",
        ),
    }
}
