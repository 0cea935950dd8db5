//! Step 3, first half: std's source, from Debian's package `rust-src`.
//!
//! apt runs with a state, a cache and a list of sources of its own, all in a folder that is
//! thrown away, and the package is unpacked there: the system is not touched. The mirror
//! and its keys are the machine's own (`apt.rs`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::apt::{self, Mirror};
use super::error::StepError;
use crate::progress::Progress;
use crate::tool;
use crate::toolchain::Toolchain;

/// The list of packages is under 10 MB in every suite, the package itself 45 MB.
const APT_PATIENCE: Duration = Duration::from_secs(600);

/// Where a rustc of rustup's age is found, newest first; the machine's own come last.
const SUITES: [&str; 5] = [
    "trixie-backports",
    "trixie",
    "bookworm-backports",
    "testing",
    "sid",
];

/// Fetches and unpacks the source of std for the rustc of version `release`, and returns
/// its folder `library`.
pub(super) fn fetch(
    toolchain: &Toolchain,
    release: &str,
    work: &Path,
    progress: &dyn Progress,
) -> Result<PathBuf, StepError> {
    let apt = Apt::in_folder(toolchain, work.join("apt"))?;
    let mirrors = apt::mirrors(toolchain.etc());
    if mirrors.is_empty() {
        return Err(StepError::NoMirror(toolchain.etc().join("apt")));
    }
    let mut seen = Vec::new();
    for mirror in &mirrors {
        for suite in suites_of(mirror) {
            progress.step(&format!("looking for rust-src {release} in {suite}"));
            match apt.versions(mirror, suite) {
                Ok(versions) => {
                    if let Some(version) = versions.iter().find(|v| upstream(v) == release) {
                        progress.step(&format!("fetching rust-src {version}"));
                        return apt.unpack(version, &work.join("source"));
                    }
                    seen.push(format!("{suite} has {}", listed(&versions)));
                }
                Err(StepError::Tool(failure)) => seen.push(format!("{suite}: {failure}")),
                Err(other) => return Err(other),
            }
        }
    }
    Err(StepError::NoSource {
        release: release.to_owned(),
        seen,
    })
}

fn suites_of(mirror: &Mirror) -> Vec<&str> {
    let mut suites = SUITES.to_vec();
    suites.extend(
        mirror
            .suites
            .iter()
            .map(String::as_str)
            .filter(|own| !SUITES.contains(own)),
    );
    suites
}

/// `1.95.0+dfsg1-2~bpo13+1` is Debian's name of 1.95.0; a beta keeps its `~beta.3`.
fn upstream(version: &str) -> &str {
    let without_epoch = version.split_once(':').map_or(version, |(_, rest)| rest);
    let without_revision = without_epoch
        .rsplit_once('-')
        .map_or(without_epoch, |(first, _)| first);
    without_revision
        .split_once('+')
        .map_or(without_revision, |(first, _)| first)
}

fn listed(versions: &[String]) -> String {
    let known: Vec<&str> = versions.iter().map(|version| upstream(version)).collect();
    if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    }
}

/// apt with a private configuration.
struct Apt<'a> {
    toolchain: &'a Toolchain,
    folder: PathBuf,
}

impl<'a> Apt<'a> {
    fn in_folder(toolchain: &'a Toolchain, folder: PathBuf) -> Result<Self, StepError> {
        toolchain.command("apt-get")?;
        let lay_out = || {
            for part in ["state/lists/partial", "cache/archives/partial", "sources"] {
                fs::create_dir_all(folder.join(part))?;
            }
            fs::write(folder.join("state/status"), "")
        };
        lay_out().map_err(StepError::io("write", &folder))?;
        Ok(Self { toolchain, folder })
    }

    /// The versions of rust-src in one suite, as Debian writes them.
    fn versions(&self, mirror: &Mirror, suite: &str) -> Result<Vec<String>, StepError> {
        let sources = self.folder.join("sources/std.sources");
        fs::write(&sources, mirror.stanza(suite)).map_err(StepError::io("write", sources))?;
        run(self.command("apt-get")?.arg("update"))?;
        let table = run(self.command("apt-cache")?.args(["madison", "rust-src"]))?;
        Ok(table
            .lines()
            .filter_map(|line| line.split('|').nth(1))
            .map(|v| v.trim().to_owned())
            .collect())
    }

    fn unpack(&self, version: &str, into: &Path) -> Result<PathBuf, StepError> {
        let mut get = self.command("apt-get")?;
        run(get
            .arg("download")
            .arg(format!("rust-src={version}"))
            .current_dir(&self.folder))?;
        let package = find(&self.folder, "package", |name| name.ends_with(".deb"))?;
        run(self
            .toolchain
            .command("dpkg-deb")?
            .arg("-x")
            .arg(package)
            .arg(into))?;
        let source = find(&into.join("usr/src"), "rustc source", |name| {
            name.starts_with("rustc-")
        })?;
        Ok(source.join("library"))
    }

    fn command(&self, program: &str) -> Result<Command, StepError> {
        let mut command = self.toolchain.command(program)?;
        let folder = self.folder.display();
        for option in [
            format!("Dir::State={folder}/state"),
            format!("Dir::State::status={folder}/state/status"),
            format!("Dir::Cache={folder}/cache"),
            "Dir::Etc::sourcelist=/dev/null".to_owned(),
            format!("Dir::Etc::sourceparts={folder}/sources"),
            // A folder of one's own cannot be read by the user that apt would change to.
            "APT::Sandbox::User=root".to_owned(),
            "Acquire::Languages=none".to_owned(),
            // A list that could not be fetched is otherwise only a warning.
            "APT::Update::Error-Mode=any".to_owned(),
        ] {
            command.arg("-o").arg(option);
        }
        Ok(command)
    }
}

fn run(command: &mut Command) -> Result<String, StepError> {
    Ok(tool::run(command, APT_PATIENCE, &|_| {})?)
}

fn find(
    folder: &Path,
    what: &'static str,
    is_it: impl Fn(&str) -> bool,
) -> Result<PathBuf, StepError> {
    let mut entries = fs::read_dir(folder)
        .map_err(StepError::io("read", folder))?
        .flatten();
    let found = entries.find(|entry| entry.file_name().to_str().is_some_and(&is_it));
    let missing = || StepError::Incomplete {
        folder: folder.to_owned(),
        what,
    };
    found.map(|entry| entry.path()).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::upstream;

    #[test]
    fn upstream_versions() {
        for (debian, expected) in [
            ("1.95.0+dfsg1-2~bpo13+1", "1.95.0"),
            ("1.85.0+dfsg3-1", "1.85.0"),
            ("1.96.0~beta.3+dfsg1-1~exp1", "1.96.0~beta.3"),
            ("1:1.95.0-1", "1.95.0"),
            ("1.95.0", "1.95.0"),
        ] {
            assert_eq!(upstream(debian), expected);
        }
    }
}
