//! What a plugin is: its name, its manifest, the zip or folder it comes in, and the copy of it
//! that the host keeps.
//!
//! The way through this crate is one line: [`Store::admit`] reads a zip or a folder under
//! limits, checks everything in it, and copies it once into `DATA/store/<digest>/`; the
//! [`StoredPackage`] it answers with is the only thing the floors above run and serve.
//! [`read_manifest`] and [`Index`] keep discovery cheap, [`pack`] is the way in the other
//! direction.
//!
//! Deliberately not here: what capabilities mean (their floor reads the JSON kept in the
//! manifest), anything that runs a component, and anything asynchronous.

mod archive;
mod assets;
mod content;
mod digest;
mod error;
mod files;
mod index;
mod layout;
mod locale;
mod manifest;
mod names;
mod nearest;
mod pack;
mod path;
mod stage;
mod store;
mod stored;
mod translations;
mod yaml;

pub use assets::{Asset, MAX_ASSET_BYTES};
pub use content::{MAX_TEXT_BYTES, Migration};
pub use digest::{Digest, DigestError};
pub use error::{ManifestError, PackageError, PackageErrorKind, Problem, StoreError};
pub use index::{Index, IndexEntry};
pub use manifest::limits;
pub use manifest::units::{UnitError, parse_bytes, parse_duration};
pub use manifest::{GrantFile, PolicyBinding, PolicyEntry, PolicyFile};
pub use manifest::{Isolation, LimitsRequest, Manifest, Process, Reach, RuntimeKind, Tls};
pub use names::{NameError, PluginName};
pub use nearest::nearest;
pub use pack::pack;
pub use path::{PackagePath, PathError};
pub use store::{Store, read_manifest};
pub use stored::{PackageSource, StoredPackage};
pub use translations::Translations;

#[cfg(test)]
mod testing;
