//! Puts a package into `plugins/`, with the decision on what it asks. What decisions are is in
//! `consent`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use goatkit_capability::grants::Asked as Sorted;
use goatkit_capability::grants::{Asker, Rules, Sections, consent_text, identity_rules};
use goatkit_package::{GrantFile, PackageSource};
use tempfile::NamedTempFile;

use crate::consent::{Asked, ConsentError, Examined};
use crate::discover::Found;
use crate::error::AddError;
use crate::happenings::What;
use crate::manager::Manager;

/// Where a package goes.
enum Place {
    /// It is there already, under whatever name: twice would be refused.
    There,
    /// Here, once it is whole.
    Free(PathBuf),
}

impl Manager {
    /// What a package asks, and what of it was decided. Blocks.
    ///
    /// # Errors
    /// [`ConsentError::Package`] when it is no package of this host's.
    pub fn examine(&self, path: &Path) -> Result<Examined, ConsentError> {
        let found = self.read(path)?;
        let snapshot = self.snapshot();
        let serving = snapshot.plugins.get(found.name());
        let may = serving.map(|unit| unit.powers()).unwrap_or_default();
        let asker = Asker {
            plugin: found.name(),
            version: &found.version().to_string(),
            source: &path.display().to_string(),
            binding: found.binding(),
        };
        let sorted = Sorted::of(self.ledger().items(), &found.asked, &may);
        Ok(Examined {
            asked: self.asked(&found),
            text: consent_text(&asker, &sorted),
        })
    }

    /// Copies a package into `plugins/` and takes it in. What it asks is granted as far as
    /// the grant file `grants` says, or all of it; the rest is refused. `binding` is that of
    /// the package that was examined: another than was shown is not installed.
    ///
    /// # Errors
    /// [`ConsentError`]; nothing was installed then.
    pub async fn install(
        self: &Arc<Self>,
        path: &Path,
        binding: &str,
        grants: Option<&[u8]>,
    ) -> Result<Asked, ConsentError> {
        let (path, binding) = (path.to_owned(), binding.to_owned());
        let grants = grants.map(<[u8]>::to_vec);
        let installed = {
            // Two who install the same version at once: the second finds the first's.
            let _turn = self.refreshing.lock().await;
            self.deciding(move |manager| manager.put_in(&path, &binding, grants.as_deref()))
                .await?
        };
        let (name, version) = (installed.name(), installed.version());
        self.happenings().tell(name, Some(version), What::Installed);
        self.enforce().await;
        Ok(self.asked(&installed))
    }

    fn put_in(
        &self,
        path: &Path,
        binding: &str,
        grants: Option<&[u8]>,
    ) -> Result<Found, ConsentError> {
        let found = self.read(path)?;
        if found.package.source() != PackageSource::Zip {
            let text = "only zips are installed; pack it with `gk plugin build`";
            return Err(AddError::new(text).into());
        }
        if found.binding().to_string() != binding {
            return Err(changed(path));
        }
        let mut granted = match grants {
            Some(file) => self.granted_by(&found, file)?,
            None => found.asked.clone(),
        };
        // Whoever installs a package under its name means it so.
        let named = self.ledger().items().both(&found.asked, &identity_rules());
        granted.extend(named);
        let place = self.place(&found)?;
        let staged = match place {
            Place::There => None,
            Place::Free(place) => Some((self.staged(path, &found)?, place)),
        };
        let (name, binding) = (found.name(), found.binding());
        self.ledger()
            .decide(name, binding, &found.asked, &granted, self.now())?;
        if let Some((file, path)) = staged {
            let named = file.persist_noclobber(&path);
            named.map_err(|error| ConsentError::Copy {
                path,
                source: error.error,
            })?;
        }
        Ok(found)
    }

    /// What of a request a grant file grants.
    fn granted_by(&self, found: &Found, file: &[u8]) -> Result<Rules, ConsentError> {
        let wrong = |what: String| ConsentError::GrantFile { what };
        let file = GrantFile::parse(file).map_err(|error| wrong(error.to_string()))?;
        let items = self.ledger().items();
        let rules = items.rules(found.name(), Sections::from(&file));
        let rules = rules.map_err(|it| wrong(format!("the grant file: {}", it.join("; "))))?;
        Ok(items.both(&found.asked, &rules))
    }

    /// Where a package is installed: nowhere that anything else is.
    fn place(&self, found: &Found) -> Result<Place, ConsentError> {
        let (name, version) = (found.name(), found.version());
        let same = |it: &Found| it.name() == name && it.version() == version;
        let there = self.packages().into_iter().find(same);
        let path = match there {
            Some(there) if there.package.digest() == found.package.digest() => {
                return Ok(Place::There);
            }
            Some(there) => there.path,
            None => {
                let path = self.plugins_folder().join(format!("{name}-{version}.zip"));
                if !path.exists() {
                    return Ok(Place::Free(path));
                }
                path
            }
        };
        Err(ConsentError::Taken {
            name: name.clone(),
            version: version.clone(),
            path,
        })
    }

    /// A copy in `plugins/` that has no name to be found by yet, of the very package that was
    /// read: its file may have been replaced since.
    fn staged(&self, path: &Path, found: &Found) -> Result<NamedTempFile, ConsentError> {
        let folder = self.plugins_folder();
        let copied = copy(path, &folder).map_err(|source| ConsentError::Copy {
            path: folder,
            source,
        })?;
        let read = self.read(copied.path()).map_err(|_| changed(path))?;
        if read.binding() != found.binding() {
            return Err(changed(path));
        }
        Ok(copied)
    }
}

fn changed(path: &Path) -> ConsentError {
    ConsentError::Changed {
        path: path.to_owned(),
    }
}

fn copy(from: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".gk-")
        .tempfile_in(folder)?;
    io::copy(&mut fs::File::open(from)?, &mut file)?;
    file.as_file().sync_all()?;
    Ok(file)
}
