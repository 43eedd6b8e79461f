//! Finds the PostgreSQL programs and makes them usable by the database's user.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::rules::{MAJORS, Version, package_link, package_platform, parse_version};

/// A folder with `initdb` and `postgres`, and their version.
#[derive(Clone, Debug)]
pub(crate) struct Binaries {
    pub(crate) folder: PathBuf,
    pub(crate) version: Version,
}

/// Where to look, and for whom.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    /// The only place, if the operator named it.
    pub(crate) named: Option<&'a Path>,
    /// Further folders that may hold `node_modules`.
    pub(crate) roots: &'a [PathBuf],
    /// The folder of the database, where a copy may be kept.
    pub(crate) home: &'a Path,
    /// The folder the operator gave; programs may lie beside it.
    pub(crate) data: &'a Path,
    pub(crate) account: &'a Account,
    /// The major version of the existing database.
    pub(crate) major: Option<u32>,
}

impl Search<'_> {
    /// The first usable programs, of the version of the existing database.
    pub(crate) fn find(&self) -> Result<Binaries> {
        if let Some(named) = self.named {
            if !is_complete(named) {
                bail!("{} holds no initdb and postgres (RAPPORT_PG_BIN)", named.display());
            }
            let found = self.prepare(named)?;
            self.check(&found)?;
            return Ok(found);
        }
        let mut refused = Vec::new();
        for folder in self.places().into_iter().filter(|folder| is_complete(folder)) {
            if !is_trusted(&folder) {
                refused.push(format!("{} belongs to another user", folder.display()));
                continue;
            }
            match self.prepare(&folder).and_then(|found| self.check(&found).map(|()| found)) {
                Ok(found) => return Ok(found),
                Err(error) => refused.push(format!("{error:#}")),
            }
        }
        let (first, last) = (MAJORS.start(), MAJORS.end());
        match (refused.is_empty(), self.major) {
            (false, _) => bail!("no usable PostgreSQL: {}", refused.join("; ")),
            (true, Some(major)) => bail!(
                "the database needs PostgreSQL {major}, and none is installed; install it, or set RAPPORT_PG_BIN or DATABASE_URL"
            ),
            (true, None) => bail!(
                "no PostgreSQL found: run `npm install` (it brings one), install PostgreSQL {first} to {last}, or set RAPPORT_PG_BIN or DATABASE_URL"
            ),
        }
    }

    fn check(&self, found: &Binaries) -> Result<()> {
        let Version { major, text } = &found.version;
        if let Some(wanted) = self.major
            && wanted != *major
        {
            bail!(
                "the database was made by PostgreSQL {wanted}, and {} is PostgreSQL {text}; use PostgreSQL {wanted}, or dump and restore",
                found.folder.display()
            );
        }
        if !MAJORS.contains(major) {
            bail!(
                "{} is PostgreSQL {text}; versions {} to {} are supported",
                found.folder.display(),
                MAJORS.start(),
                MAJORS.end()
            );
        }
        Ok(())
    }

    fn places(&self) -> Vec<PathBuf> {
        let mut places = vec![self.data.join("pgsql/bin")];
        places.extend(self.data.parent().map(|parent| parent.join("pgsql/bin")));
        if let Some(platform) = package_platform(std::env::consts::OS, std::env::consts::ARCH) {
            let package = Path::new("@embedded-postgres").join(platform).join("native/bin");
            let (cwd, exe) = (std::env::current_dir().ok(), std::env::current_exe().ok());
            let above = [cwd, exe].into_iter().flatten();
            let roots = self
                .roots
                .iter()
                .cloned()
                .chain(above.flat_map(|path| path.ancestors().map(Path::to_owned).collect::<Vec<_>>()));
            for root in roots {
                places.push(root.join("node_modules").join(&package));
                if root.ends_with("node_modules") {
                    places.push(root.join(&package));
                }
            }
        }
        if let Some(path) = std::env::var_os("PATH") {
            places.extend(std::env::split_paths(&path).filter(|folder| folder.is_absolute()));
        }
        for major in MAJORS.rev() {
            places.push(format!("/usr/lib/postgresql/{major}/bin").into());
            places.push(format!("/usr/pgsql-{major}/bin").into());
            places.push(format!("/opt/homebrew/opt/postgresql@{major}/bin").into());
            places.push(format!("/usr/local/opt/postgresql@{major}/bin").into());
        }
        places
    }

    fn prepare(&self, folder: &Path) -> Result<Binaries> {
        let mut folder =
            folder.canonicalize().with_context(|| format!("cannot open {}", folder.display()))?;
        let linked = link(&folder);
        let reachable = ["initdb", "postgres"]
            .iter()
            .all(|name| folder.join(name).canonicalize().is_ok_and(|file| self.account.runs(&file)));
        if linked.is_err() || !reachable {
            folder = self.copy(&folder)?;
        }
        let output = self
            .account
            .command(&folder.join("postgres"))
            .arg("--version")
            .output()
            .with_context(|| format!("cannot run {}", folder.join("postgres").display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let Some(version) = parse_version(&text) else {
            bail!(
                "{} does not work: {}",
                folder.join("postgres").display(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        };
        Ok(Binaries { folder, version })
    }

    /// Copies an installation to where the database's user can read it.
    fn copy(&self, folder: &Path) -> Result<PathBuf> {
        let original = folder.parent().context("the programs lie at the root")?;
        if !["lib", "share"].iter().all(|name| original.join(name).is_dir()) {
            bail!(
                "the database's user cannot run the programs in {}, and they are no complete installation (bin, lib, share) that could be copied",
                folder.display()
            );
        }
        let program = fs::metadata(folder.join("postgres"))?;
        let copy = self.home.join(format!("programs-{:x}-{:x}", program.len(), program.mtime()));
        if !copy.join("bin").is_dir() {
            tracing::info!(from = %original.display(), to = %copy.display(), "copying PostgreSQL to where its user can read it");
            let partial = self.home.join("programs.partial");
            if partial.exists() {
                fs::remove_dir_all(&partial)
                    .with_context(|| format!("cannot remove {}", partial.display()))?;
            }
            make_readable_folder(&partial)?;
            for part in ["lib", "share", "bin"] {
                copy_tree(&original.join(part), &partial.join(part)).with_context(|| {
                    format!("cannot copy {} to {}", original.display(), partial.display())
                })?;
            }
            if original.join("pg-symlinks.json").exists() {
                fs::copy(original.join("pg-symlinks.json"), partial.join("pg-symlinks.json"))?;
            }
            fs::rename(&partial, &copy)?;
        }
        link(&copy.join("bin"))?;
        Ok(copy.join("bin"))
    }
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file())
}

/// Programs that we came upon are run only if root, we, or whoever owns this
/// program installed them: anybody may put a `node_modules` above a folder
/// that many share.
fn is_trusted(folder: &Path) -> bool {
    let installer = std::env::current_exe().and_then(fs::metadata).map_or(0, |file| file.uid());
    let allowed = [0, installer, rustix::process::geteuid().as_raw()];
    let mut parts = vec![folder.to_owned()];
    parts.extend(["initdb", "postgres"].map(|name| folder.join(name)));
    parts
        .iter()
        .all(|path| fs::metadata(path).is_ok_and(|it| allowed.contains(&it.uid()) && it.mode() & 0o002 == 0))
}

#[derive(serde::Deserialize)]
struct Wish {
    source: String,
    target: String,
}

/// Makes the library links that the npm package only lists.
fn link(folder: &Path) -> Result<()> {
    let native = folder.parent().context("the programs lie at the root")?;
    let Ok(list) = fs::read(native.join("pg-symlinks.json")) else {
        return Ok(());
    };
    let wishes: Vec<Wish> = serde_json::from_slice(&list).context("pg-symlinks.json is not as expected")?;
    for wish in wishes {
        let link = package_link(&wish.source, &wish.target)
            .with_context(|| format!("pg-symlinks.json names a path outside the package: {}", wish.target))?;
        let at = native.join(&link.at);
        if fs::symlink_metadata(&at).is_ok() {
            continue;
        }
        match symlink(&link.to, &at) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("cannot make the link {}", at.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn make_readable_folder(path: &Path) -> std::io::Result<()> {
    fs::create_dir(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    make_readable_folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_tree(&source, &target)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(&source)?, &target)?;
        } else {
            fs::copy(&source, &target)?;
            let mode = if entry.metadata()?.mode() & 0o100 != 0 { 0o755 } else { 0o644 };
            fs::set_permissions(&target, fs::Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}
