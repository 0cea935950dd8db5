//! What can be wrong with a plugin's source, its module and its component.

use std::path::PathBuf;

use goatkit_package::PackageError;

use crate::browser::{self, Culprit};
use crate::target::TargetError;
use crate::tool::ToolError;

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// The bytes are neither a module nor a component.
    #[error("the file is not WebAssembly: it must begin with `\\0asm`")]
    NotWasm,
    /// A core module where a component is needed.
    #[error("the file is no component: if it is a core module, `gk plugin build` makes one of it")]
    NotAComponent,
    /// A core module that does not say which world it is of.
    #[error(
        "the module has no section `component-type`, so it is of no world: generate its bindings \
         with wit-bindgen (in Rust the crate goatkit-plugin does), or embed the world with \
         `wasm-tools component embed`"
    )]
    NoWorld,
    /// A component or module that breaks a rule of WebAssembly.
    #[error("the file is not valid WebAssembly: {0}")]
    Invalid(String),
    /// A module that does not fit the world that it names.
    #[error("the module does not fit its world: {0}")]
    Encode(String),
}

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// rustc cannot build for wasm.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A file or folder stands in the way.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, e.g. `read`.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no folder to build.
    #[error("{} is no folder: name a plugin's folder, or make one with `gk plugin init`", .0.display())]
    NoFolder(PathBuf),
    /// The folder is no crate.
    #[error("{} has no Cargo.toml: name a plugin's folder, or make one with `gk plugin init`", .0.display())]
    NoCrate(PathBuf),
    /// The crate does not make a module.
    #[error("{package} makes no WebAssembly module: write `crate-type = [\"cdylib\"]` under `[lib]` in {}", manifest.display())]
    NoCdylib {
        /// The crate's name.
        package: String,
        /// Its Cargo.toml.
        manifest: PathBuf,
    },
    /// cargo could not read the crate.
    #[error("cargo cannot read {}: {source}", dir.display())]
    Unreadable {
        /// The plugin's folder.
        dir: PathBuf,
        /// What cargo said.
        source: ToolError,
    },
    /// cargo answered in a way that is not understood.
    #[error("cargo's answer about {} is not understood: {what}", dir.display())]
    Answer {
        /// The plugin's folder.
        dir: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The source does not compile.
    #[error("the plugin in {} does not compile: {}", dir.display(), first_error(.source))]
    Compile {
        /// The plugin's folder.
        dir: PathBuf,
        /// What cargo said; its diagnostics are in it.
        source: ToolError,
    },
    /// The module calls JavaScript.
    #[error("the plugin in {} calls JavaScript, which only a browser has; it comes through{}", dir.display(), browser::list(.culprits))]
    Browser {
        /// The plugin's folder.
        dir: PathBuf,
        /// The crates that bring it in.
        culprits: Vec<Culprit>,
    },
    /// The folder has neither a crate nor a finished component.
    #[error("{} has no Cargo.toml to build, and no component at {}: {source}; build one, in any language, and put it there", dir.display(), file.display())]
    NoComponent {
        /// The plugin's folder.
        dir: PathBuf,
        /// Where the manifest says that the component is.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder is no package.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The module is no component.
    #[error("{}: {source}", file.display())]
    Component {
        /// The module, or the plugin's folder.
        file: PathBuf,
        /// What is wrong with it.
        source: ComponentError,
    },
}

impl BuildError {
    /// All that cargo and rustc said of a plugin that does not compile.
    #[must_use]
    pub fn diagnostics(&self) -> Option<&str> {
        match self {
            Self::Compile {
                source: ToolError::Failed { stderr, .. },
                ..
            } => Some(stderr),
            _ => None,
        }
    }

    /// What a person can do about it, where the text does not say it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        browser::note_on_failed_crate(self.diagnostics()?)
    }

    /// For `map_err`: what was tried with which path.
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// The rest has been shown while cargo ran, and is in the source.
fn first_error(failure: &ToolError) -> String {
    let ToolError::Failed { stderr, .. } = failure else {
        return failure.to_string();
    };
    let error = stderr.lines().find(|line| line.starts_with("error"));
    error.map_or_else(|| failure.to_string(), str::to_owned)
}
