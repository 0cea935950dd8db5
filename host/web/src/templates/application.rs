//! The application's own templates: trusted files in one folder, read when they are first
//! asked for and again when they changed.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use goatkit_package::PackagePath;
use minijinja::{Environment, Error, TemplateSource};

use super::error::{Problem, RenderErrorKind};
use super::escaping;
use super::print::{Author, prepare, syntax};

/// The folder of the application's templates.
pub(super) struct Folder(Dir);

/// What tells a changed file from the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Folder {
    /// Opens the folder: templates never reach beyond it, by `..` or by links.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        Dir::open_ambient_dir(path, ambient_authority()).map(Self)
    }

    /// Whether there is a template of that name now.
    pub(super) fn has(&self, name: &str) -> bool {
        PackagePath::parse(name).is_ok() && self.stamp(name).is_some()
    }

    /// A template in the form that is rendered. `shown_as` is its name in errors.
    pub(super) fn load(
        self: &Arc<Self>,
        name: &str,
        shown_as: &str,
        author: Author,
    ) -> Result<Option<TemplateSource>, Error> {
        if PackagePath::parse(name).is_err() {
            return Ok(None);
        }
        // The stamp is taken first: a file that changes in between is read once more.
        let Some(stamp) = self.stamp(name) else {
            return Ok(None);
        };
        let source = self.0.read_to_string(name).map_err(|error| {
            Problem::new(
                RenderErrorKind::Internal,
                format!("it cannot be read: {error}"),
            )
        })?;
        let printed = prepare(shown_as, &source, author)?;
        let (folder, name) = (Arc::clone(self), name.to_owned());
        let fresh = move || folder.stamp(&name) == Some(stamp);
        Ok(Some(
            TemplateSource::new(printed).with_uptodate_check(fresh),
        ))
    }

    fn stamp(&self, name: &str) -> Option<Stamp> {
        let metadata = self
            .0
            .metadata(name)
            .ok()
            .filter(cap_std::fs::Metadata::is_file)?;
        let modified = metadata
            .modified()
            .ok()
            .map(cap_std::time::SystemTime::into_std);
        Some(Stamp {
            length: metadata.len(),
            modified,
        })
    }
}

/// The environment of the application's templates.
pub(super) fn environment(folder: &Arc<Folder>) -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_syntax(syntax()?);
    env.set_debug(false);
    env.set_auto_escape_callback(escaping);
    let folder = Arc::clone(folder);
    env.set_loader(move |name| folder.load(name, name, Author::Application));
    Ok(env)
}
