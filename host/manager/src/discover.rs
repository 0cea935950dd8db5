//! Finds the packages in a `plugins/` folder. Nothing of a package runs here.
//!
//! Of two versions of one plugin the higher serves that an administrator has consented to;
//! a version that is higher still waits. Two files of one version are both refused: which of
//! them is meant, only a person can tell.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry, Metadata};
use std::path::{Path, PathBuf};

use goatkit_capability::config::Schema;
use goatkit_capability::grants::{Binding, Ledger, Rules, Verdict, asked_by_identity};
use goatkit_package::{Index, PackageSource, PluginName, Store, StoredPackage};
use semver::Version;

/// A package that was found and is not served, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it and what to do.
    pub reason: String,
}

/// A package, where it was found, and what it asks.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) package: StoredPackage,
    pub(crate) asked: Rules,
    binding: Binding,
}

impl Found {
    /// Holds a package against this host, and reads what it asks.
    pub(crate) fn new(
        path: &Path,
        package: StoredPackage,
        ledger: &Ledger,
    ) -> Result<Self, String> {
        let mut asked = check(&package, ledger)?;
        let binding = match package.source() {
            PackageSource::Zip => Binding::Digest(package.digest()),
            // Whole, or the grant would be for another folder wherever the host is started.
            PackageSource::Folder => match std::path::absolute(path) {
                Ok(folder) => Binding::Folder(folder),
                Err(error) => return Err(format!("its folder has no whole path: {error}")),
            },
        };
        asked.extend(asked_by_identity(package.manifest(), &binding, ledger));
        Ok(Self {
            path: path.to_owned(),
            package,
            asked,
            binding,
        })
    }

    pub(crate) fn name(&self) -> &PluginName {
        &self.package.manifest().name
    }

    pub(crate) fn version(&self) -> &Version {
        &self.package.manifest().version
    }

    /// What a grant for it is bound to: its digest, or in dev mode the folder, in which it
    /// changes all the time.
    pub(crate) fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Where it stands by what was decided.
    pub(crate) fn verdict(&self, ledger: &Ledger) -> Verdict {
        ledger.verdict(self.name(), &self.binding, &self.asked)
    }

    /// What it asks that nobody has decided.
    pub(crate) fn open(&self, ledger: &Ledger) -> Rules {
        self.verdict(ledger).open
    }
}

/// What a scan found.
#[derive(Default)]
pub(crate) struct Discovery {
    pub(crate) packages: BTreeMap<PluginName, Found>,
    /// The highest version of each plugin, where an administrator has to decide first.
    pub(crate) waiting: BTreeMap<PluginName, Found>,
    pub(crate) refused: Vec<Refused>,
}

/// Where to look, and what to hold packages against.
pub(crate) struct Scan<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) store: &'a Store,
    pub(crate) ledger: &'a Ledger,
    /// Whether unpacked folders are packages too.
    pub(crate) folders: bool,
}

impl Scan<'_> {
    /// Reads the folder, and chooses what serves.
    pub(crate) fn run(&self) -> Discovery {
        let (found, mut refused) = self.read();
        let (packages, waiting) = choose(found, self.ledger, &mut refused);
        Discovery {
            packages,
            waiting,
            refused,
        }
    }

    /// Reads every package of the folder. What cannot be read is refused by name.
    pub(crate) fn read(&self) -> (Vec<Found>, Vec<Refused>) {
        let mut index = Index::load(self.store);
        let mut found = Vec::new();
        let mut refused = Vec::new();
        for path in self.candidates(&mut refused) {
            match self.admit(&path, &mut index) {
                Ok(it) => found.push(it),
                Err(reason) => refused.push(Refused { path, reason }),
            }
        }
        index.retain(Path::exists);
        if let Err(error) = index.save() {
            tracing::warn!("the index of packages is not kept, the next start is slower: {error}");
        }
        (found, refused)
    }

    fn candidates(&self, refused: &mut Vec<Refused>) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        let entries = match fs::read_dir(self.folder) {
            Ok(entries) => entries,
            Err(error) => {
                let reason = format!("cannot read the folder: {error}");
                refused.push(Refused {
                    path: self.folder.to_owned(),
                    reason,
                });
                return paths;
            }
        };
        for entry in entries.flatten() {
            match self.is_package(&entry) {
                Ok(true) => paths.push(entry.path()),
                Ok(false) => {}
                Err(reason) => refused.push(Refused {
                    path: entry.path(),
                    reason,
                }),
            }
        }
        paths.sort();
        paths
    }

    /// A zip is; a folder with a manifest is in dev mode. Hidden files and whatever else
    /// lies there are passed over.
    fn is_package(&self, entry: &DirEntry) -> Result<bool, String> {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            return Ok(false);
        }
        if path.is_dir() && path.join("manifest.yaml").exists() {
            return match self.folders {
                true => Ok(true),
                false => Err(
                    "unpacked plugins are served in dev mode only; pack it with `gk plugin build`"
                        .to_owned(),
                ),
            };
        }
        Ok(path.is_file()
            && path
                .extension()
                .is_some_and(|it| it.eq_ignore_ascii_case("zip")))
    }

    /// The store's copy of a package: by the index if the file is the one that was read
    /// before, else read, checked and copied now.
    fn admit(&self, path: &Path, index: &mut Index) -> Result<Found, String> {
        let metadata = fs::metadata(path).map_err(|error| format!("cannot read it: {error}"))?;
        let package = match self.known(path, &metadata, index) {
            Some(package) => package,
            None => {
                let package = self.store.admit(path).map_err(|error| error.to_string())?;
                index.record(path, &metadata, &package);
                package
            }
        };
        Found::new(path, package, self.ledger)
    }

    fn known(&self, path: &Path, metadata: &Metadata, index: &Index) -> Option<StoredPackage> {
        if metadata.is_dir() {
            return None;
        }
        let entry = index.lookup(path, metadata)?;
        self.store.get(entry.digest).ok().flatten()
    }
}

/// Holds a manifest against this host, and tells what it asks.
fn check(package: &StoredPackage, ledger: &Ledger) -> Result<Rules, String> {
    let manifest = package.manifest();
    manifest
        .check_host(&host_version())
        .map_err(|error| error.to_string())?;
    let declared = manifest.config.as_ref();
    let settings = declared.map_or(Ok(()), |declared| Schema::parse(declared).map(drop));
    let wrong = |problems: Vec<String>| format!("manifest.yaml: {}", problems.join("; "));
    settings.map_err(wrong)?;
    ledger.ask(manifest).map_err(wrong)
}

/// The version that `requires_host` is held against.
pub(crate) fn host_version() -> Version {
    // Cargo guarantees that this parses.
    Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Version::new(0, 0, 0))
}

/// The plugins that serve, and those that wait, by name.
type Chosen = (BTreeMap<PluginName, Found>, BTreeMap<PluginName, Found>);

/// The highest version of each plugin that was consented to, and the highest of all where it
/// is another; two files of one version are both refused.
fn choose(found: Vec<Found>, ledger: &Ledger, refused: &mut Vec<Refused>) -> Chosen {
    let mut versions: BTreeMap<(PluginName, Version), Vec<Found>> = BTreeMap::new();
    for each in found {
        let key = (each.name().clone(), each.version().clone());
        versions.entry(key).or_default().push(each);
    }
    let (mut chosen, mut waiting) = Chosen::default();
    // In the order of versions, so that a higher one takes a lower one's place.
    for ((name, version), mut files) in versions {
        match files.pop() {
            Some(only) if files.is_empty() && only.open(ledger).is_empty() => {
                waiting.remove(&name);
                chosen.insert(name, only);
            }
            Some(only) if files.is_empty() => {
                waiting.insert(name, only);
            }
            Some(last) => {
                files.push(last);
                refused.extend(twice(&name, &version, &files));
            }
            None => {}
        }
    }
    (chosen, waiting)
}

fn twice(name: &PluginName, version: &Version, files: &[Found]) -> Vec<Refused> {
    let paths: Vec<String> = files
        .iter()
        .map(|it| it.path.display().to_string())
        .collect();
    let reason = format!(
        "`{name}` {version} is there more than once, and none of them is taken: {}; remove all but \
         one",
        paths.join(", ")
    );
    let refuse = |it: &Found| Refused {
        path: it.path.clone(),
        reason: reason.clone(),
    };
    files.iter().map(refuse).collect()
}
