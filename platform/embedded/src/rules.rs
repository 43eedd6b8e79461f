//! Pure decisions: versions, names, texts and delays.

use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The newest and oldest major versions the program is tested with.
pub(crate) const MAJORS: std::ops::RangeInclusive<u32> = 15..=18;
/// The number in the socket's file name; nothing listens on a network port.
pub(crate) const PORT: u16 = 5432;
/// With the closing NUL macOS allows 104 bytes, Linux 108.
const LONGEST_SOCKET_PATH: usize = 103;
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A PostgreSQL version as the binary reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) text: String,
}

/// Reads `postgres (PostgreSQL) 18.4 (Debian …)`.
pub(crate) fn parse_version(output: &str) -> Option<Version> {
    let text = output.split("(PostgreSQL)").nth(1)?.split_whitespace().next()?;
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    Some(Version { major: digits.parse().ok()?, text: text.to_owned() })
}

/// The folder name of the npm package for this platform.
pub(crate) fn package_platform(os: &str, arch: &str) -> Option<&'static str> {
    Some(match (os, arch) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("linux", "arm") => "linux-arm",
        ("linux", "x86") => "linux-ia32",
        ("linux", "powerpc64") => "linux-ppc64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        _ => return None,
    })
}

/// One line of the passwd file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PasswdEntry {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Reads a passwd file, skipping what is not an entry.
pub(crate) fn parse_passwd(text: &str) -> Vec<PasswdEntry> {
    text.lines()
        .filter_map(|line| {
            let mut parts = line.split(':');
            let name = parts.next()?.to_owned();
            let uid = parts.nth(1)?.parse().ok()?;
            let gid = parts.next()?.parse().ok()?;
            Some(PasswdEntry { name, uid, gid })
        })
        .collect()
}

/// The three permission bits (`rwx` = 4, 2, 1) that apply to a user of a file.
pub(crate) fn bits_for(mode: u32, owner: u32, group: u32, uid: u32, gid: u32) -> u32 {
    if uid == owner {
        (mode >> 6) & 7
    } else if gid == group {
        (mode >> 3) & 7
    } else {
        mode & 7
    }
}

/// Whether a socket may live in this directory: short enough, and with a
/// name that needs no quoting in a list of directories.
pub(crate) fn fits_a_socket(directory: &Path) -> bool {
    let Some(text) = directory.to_str() else {
        return false;
    };
    let socket = format!("{text}/.s.PGSQL.{PORT}");
    socket.len() <= LONGEST_SOCKET_PATH
        && text.starts_with('/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
}

/// A connection URL over a socket directory.
pub(crate) fn url(role: &str, socket_directory: &Path, database: &str) -> String {
    let host = socket_directory.to_string_lossy();
    format!(
        "postgresql://{role}@{}:{PORT}/{}",
        utf8_percent_encode(&host, UNRESERVED),
        utf8_percent_encode(database, UNRESERVED)
    )
}

/// A name quoted for SQL.
pub(crate) fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether PostgreSQL takes this as a database name without cutting it.
pub(crate) fn is_database_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 63 && !name.contains('\0')
}

/// The configuration file for a small server; later entries win.
pub(crate) fn configuration(durable: bool, extra: &[(String, String)]) -> Result<String, String> {
    let mut entries: Vec<(&str, &str)> = vec![
        ("shared_buffers", "128MB"),
        ("max_connections", "100"),
        ("jit", "off"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        ("max_wal_size", "1GB"),
        ("logging_collector", "on"),
        ("log_destination", "stderr"),
        ("log_directory", "log"),
        ("log_filename", "postgresql-%a.log"),
        ("log_rotation_age", "1d"),
        ("log_rotation_size", "0"),
        ("log_truncate_on_rotation", "on"),
        ("log_file_mode", "0600"),
        ("log_line_prefix", "%m [%p] %q%u@%d "),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
        ("password_encryption", "scram-sha-256"),
    ];
    if cfg!(target_os = "linux") {
        // After a crash all files are brought to the disk first: by one call, not one for each.
        entries.push(("recovery_init_sync_method", "syncfs"));
    }
    if durable {
        // What an archive has not taken yet may not fill the disk: rather it begins anew.
        entries.extend([
            ("wal_level", "replica"),
            ("max_wal_senders", "4"),
            ("max_slot_wal_keep_size", "4GB"),
        ]);
    } else {
        entries.extend([
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
            ("wal_level", "minimal"),
            ("max_wal_senders", "0"),
            ("checkpoint_timeout", "1h"),
        ]);
    }
    entries.extend(extra.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let mut text = String::from(
        "# Written at every start. Own settings: custom.conf beside this file, or ALTER SYSTEM.\n",
    );
    for (name, value) in entries {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        if name.is_empty() || !plain {
            return Err(format!("{name:?} is not the name of a PostgreSQL setting"));
        }
        if value.chars().any(|c| c.is_control()) {
            return Err(format!("the value of the PostgreSQL setting {name} holds a control character"));
        }
        let value = value.replace('\\', "\\\\").replace('\'', "''");
        text.push_str(&format!("{name} = '{value}'\n"));
    }
    Ok(text)
}

/// Locale arguments of `initdb` that sort bytewise and fold Unicode, the same
/// on every machine.
pub(crate) fn locale_arguments(major: u32, os: &str) -> &'static [&'static str] {
    match (major, os) {
        (17.., _) => &["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
        (_, "macos") => &["--locale=C", "--lc-ctype=UTF-8"],
        _ => &["--locale=C.UTF-8"],
    }
}

/// How long to wait before the n-th restart in a row (from 0).
pub(crate) fn restart_delay(attempt: u32) -> Duration {
    Duration::from_millis(50 << attempt.min(9)).min(Duration::from_secs(15))
}

/// Whether a failed start only means that the last server has not quite gone.
pub(crate) fn is_passing(message: &str) -> bool {
    message.contains("postmaster.pid") || message.contains("shared memory block")
}

/// The last lines of a log, for an error message.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Reads the process id from the first line of `postmaster.pid`.
pub(crate) fn parse_pid(text: &str) -> Option<i32> {
    text.lines().next()?.trim().parse().ok().filter(|pid| *pid > 0)
}

/// Whether `postmaster.pid` says that this very process takes connections.
pub(crate) fn says_ready(text: &str, pid: u32) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(pid.to_string().as_str()) && lines.nth(6) == Some("ready")
}

/// A link the npm package asks for: where it is made, and what it names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) at: PathBuf,
    pub(crate) to: PathBuf,
}

/// Turns a line of `pg-symlinks.json` into a link below `native`, refusing
/// anything that would lead elsewhere.
pub(crate) fn package_link(source: &str, target: &str) -> Option<Link> {
    let inside = |path: &str| {
        let path = Path::new(path).strip_prefix("native").ok()?;
        let normal = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        (normal && path.file_name().is_some()).then(|| path.to_owned())
    };
    let (source, at) = (inside(source)?, inside(target)?);
    let up = at.components().count().checked_sub(1)?;
    let to = if source.parent() == at.parent() {
        PathBuf::from(source.file_name()?)
    } else {
        let mut to: PathBuf = std::iter::repeat_n("..", up).collect();
        to.push(source);
        to
    };
    Some(Link { at, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_every_vendor() {
        for (line, major, text) in [
            ("postgres (PostgreSQL) 18.4\n", 18, "18.4"),
            ("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", 15, "15.14"),
            ("postgres (PostgreSQL) 19beta1", 19, "19beta1"),
        ] {
            assert_eq!(parse_version(line), Some(Version { major, text: text.to_owned() }));
        }
        assert_eq!(parse_version("bash: postgres: not found"), None);
    }

    #[test]
    fn a_passwd_file_is_read_and_rubbish_is_skipped() {
        let entries = parse_passwd("root:x:0:0::/root:/bin/sh\n\n+::::\nnobody:x:65534:65533:n:/:/x\n");
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1], PasswdEntry { name: "nobody".into(), uid: 65534, gid: 65533 });
    }

    #[test]
    fn permission_bits_are_the_owners_then_the_groups_then_the_others() {
        assert_eq!(bits_for(0o741, 1, 2, 1, 9), 7);
        assert_eq!(bits_for(0o741, 1, 2, 3, 2), 4);
        assert_eq!(bits_for(0o741, 1, 2, 3, 9), 1);
        assert_eq!(bits_for(0o077, 1, 2, 1, 2), 0);
    }

    #[test]
    fn a_socket_directory_is_short_and_plain() {
        assert!(fits_a_socket(Path::new("/var/lib/rapport/run")));
        assert!(fits_a_socket(Path::new(&format!("/{}", "a".repeat(88)))));
        assert!(!fits_a_socket(Path::new(&format!("/{}", "a".repeat(89)))));
        assert!(!fits_a_socket(Path::new("/my data/run")));
        assert!(!fits_a_socket(Path::new("/a,b/run")));
        assert!(!fits_a_socket(Path::new("run")));
    }

    #[test]
    fn a_url_is_understood_by_the_driver() {
        let config: tokio_postgres::Config =
            url("rapport_app", Path::new("/tmp/a b/run"), "x/y?z").parse().unwrap();
        assert_eq!(config.get_hosts(), [tokio_postgres::config::Host::Unix("/tmp/a b/run".into())]);
        assert_eq!(config.get_dbname(), Some("x/y?z"));
        assert_eq!(config.get_user(), Some("rapport_app"));
    }

    #[test]
    fn names_are_quoted_and_bounded() {
        assert_eq!(quote_identifier("a\"b"), "\"a\"\"b\"");
        assert!(is_database_name("rapport"));
        assert!(!is_database_name(""));
        assert!(!is_database_name(&"x".repeat(64)));
    }

    #[test]
    fn own_settings_come_last_and_cannot_break_out() {
        let pair = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
        let text = configuration(true, &pair("work_mem", "it's\\")).unwrap();
        assert!(text.ends_with("work_mem = 'it''s\\\\'\n"), "{text}");
        assert!(!text.contains("fsync"));
        assert!(configuration(false, &[]).unwrap().contains("fsync = 'off'"));
        assert!(configuration(true, &pair("work_mem", "1\nport = 1")).is_err());
        assert!(configuration(true, &pair("a b", "1")).is_err());
    }

    #[test]
    fn the_first_restart_is_quick_and_later_ones_slower_up_to_a_bound() {
        assert!(restart_delay(0) < Duration::from_millis(100));
        assert!(restart_delay(3) > restart_delay(2));
        assert_eq!(restart_delay(u32::MAX), Duration::from_secs(15));
    }

    #[test]
    fn the_process_id_is_the_first_line() {
        assert_eq!(parse_pid("4711\n/data\n"), Some(4711));
        assert_eq!(parse_pid("-1\n"), None);
        assert_eq!(parse_pid(""), None);
    }

    #[test]
    fn readiness_counts_only_from_the_process_we_started() {
        let text = "47\n/data\n1795255200\n5432\n/run\n\n  1 2\nready   \n";
        assert!(says_ready(text, 47));
        assert!(!says_ready(text, 48));
        assert!(!says_ready(&text.replace("ready   ", "starting"), 47));
        assert!(!says_ready("", 47));
    }

    #[test]
    fn package_links_stay_inside_the_package() {
        let link = package_link("native/lib/libpq.so.5.18", "native/lib/libpq.so").unwrap();
        assert_eq!(link, Link { at: "lib/libpq.so".into(), to: "libpq.so.5.18".into() });
        let across = package_link("native/lib/a", "native/share/x/b").unwrap();
        assert_eq!(across.to, PathBuf::from("../../lib/a"));
        assert_eq!(package_link("native/lib/a", "native/../../etc/passwd"), None);
        assert_eq!(package_link("/etc/passwd", "native/lib/a"), None);
        assert_eq!(package_link("native", "native/lib/a"), None);
    }

    #[test]
    fn a_tail_is_the_last_lines_that_say_something() {
        assert_eq!(tail("a\n\nb\nc\n\n", 2), "b\nc");
        assert_eq!(tail("", 2), "");
    }
}
