//! `gk plugin init`: a plugin that builds and runs unchanged. Its files are in `template/`;
//! `__name__` and the like in them are filled in here.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use goatkit_host::PluginName;

use crate::args::InitArgs;
use crate::checkout::{Checkout, is_sdk};
use crate::failure::hinted;

/// Each with its name in the new plugin. Those that would mean something to a tool where
/// they lie have another name there.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("template/Cargo.toml.txt")),
    ("manifest.yaml", include_str!("template/manifest.yaml")),
    ("src/lib.rs", include_str!("template/src/lib.rs.txt")),
    (
        "templates/start.html",
        include_str!("template/templates/start.html"),
    ),
    (
        "static/start.css",
        include_str!("template/static/start.css"),
    ),
    ("i18n/en.yaml", include_str!("template/i18n/en.yaml")),
    ("README.md", include_str!("template/README.md")),
    (".gitignore", include_str!("template/gitignore.txt")),
];

/// A plugin that can be written.
struct NewPlugin {
    name: PluginName,
    folder: PathBuf,
    sdk: PathBuf,
}

pub(crate) fn run(args: InitArgs) -> Result<()> {
    let plugin = NewPlugin::check(args)?;
    plugin.write()?;
    plugin.tell()
}

impl NewPlugin {
    fn check(typed: InitArgs) -> Result<Self> {
        let name = PluginName::parse(&typed.name)
            .map_err(|error| anyhow::anyhow!("`{}` is no plugin name: {error}", typed.name))?;
        let folder = typed.path.unwrap_or_else(|| name.as_str().into());
        if folder.symlink_metadata().is_ok() {
            return Err(hinted(
                format!("{} is there already", folder.display()),
                "choose another name, or another folder with `--path DIR`",
            ));
        }
        let sdk = match typed.sdk {
            Some(sdk) => named_sdk(&sdk)?,
            None => Checkout::find()?.sdk(),
        };
        Ok(Self { name, folder, sdk })
    }

    fn write(&self) -> Result<()> {
        for (name, text) in FILES {
            let path = self.folder.join(name);
            let write = || {
                fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
                fs::write(&path, self.fill(text))
            };
            let written: io::Result<()> = write();
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn fill(&self, text: &str) -> String {
        let sdk = serde_json::Value::from(self.sdk.to_string_lossy());
        text.replace("__name__", self.name.as_str())
            .replace("__template_name__", &self.name.template_name())
            .replace("__title__", &title(self.name.as_str()))
            // JSON's strings are TOML's, too.
            .replace("\"__sdk__\"", &sdk.to_string())
    }

    fn tell(&self) -> Result<()> {
        let (folder, name) = (self.folder.display(), &self.name);
        let written = writeln!(
            io::stdout().lock(),
            "{folder} is a plugin. Next:\n\
             \n  cd {folder}\
             \n  gk plugin build\
             \n  gk plugin call dist/{name}-0.1.0.zip greet '[\"world\"]'\n\
             \nA new `pub fn` in src/lib.rs is a new function. README.md says which lines\n\
             bring a page, a menu item, a widget and a route."
        );
        written.context("cannot write to standard output")
    }
}

fn named_sdk(typed: &Path) -> Result<PathBuf> {
    match typed.canonicalize() {
        Ok(sdk) if is_sdk(&sdk) => Ok(sdk),
        _ => Err(hinted(
            format!("{} is not the crate goatkit-plugin", typed.display()),
            "in a checkout of GoatKit it is the folder guest-sdk/rust",
        )),
    }
}

/// `my-plugin` is called "My plugin".
fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_to_fill_in() {
        let plugin = NewPlugin {
            name: PluginName::parse("my-plugin").unwrap(),
            folder: PathBuf::new(),
            sdk: PathBuf::from("/sdk with \"quotes\""),
        };
        for (name, text) in FILES {
            let filled = plugin.fill(text);
            assert!(!filled.contains("__"), "{name}:\n{filled}");
        }
        let cargo = plugin.fill(FILES[0].1);
        assert!(
            cargo.contains(r#"path = "/sdk with \"quotes\"""#),
            "{cargo}"
        );
    }

    #[test]
    fn a_title_begins_with_a_capital() {
        assert_eq!(title("my-plugin"), "My plugin");
    }
}
