//! The pages of the demo's application. A file that a person changed stays as it is.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};

use super::{make_folder, whole};

/// Each with its name below the folder of templates.
const TEMPLATES: &[(&str, &str)] = &[
    ("_layout.html", include_str!("templates/_layout.html")),
    (
        "_plugin_page.html",
        include_str!("templates/_plugin_page.html"),
    ),
    ("_sign_in.html", include_str!("templates/_sign_in.html")),
    ("index.html", include_str!("templates/index.html")),
    (
        "demo/_ticket.html",
        include_str!("templates/demo/_ticket.html"),
    ),
    (
        "demo/_tickets.html",
        include_str!("templates/demo/_tickets.html"),
    ),
    (
        "demo/dashboard.html",
        include_str!("templates/demo/dashboard.html"),
    ),
    ("demo/hello.html", include_str!("templates/demo/hello.html")),
    ("demo/stats.html", include_str!("templates/demo/stats.html")),
];

/// Lays them out in `folder`.
pub(super) fn lay(folder: &Path) -> Result<()> {
    make_folder(&folder.join("demo"))?;
    for (name, text) in TEMPLATES {
        let path = folder.join(name);
        let was = fs::read_to_string(&path);
        match was {
            Ok(was) if was == *text => {}
            Ok(_) => eprintln!("note: {} was changed, and stays as it is", path.display()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let beside = path.parent().unwrap_or(folder);
                let file = whole(beside, text.as_bytes());
                let written = file.and_then(|file| Ok(file.persist_noclobber(&path)?));
                written.with_context(|| format!("cannot write {}", path.display()))?;
            }
            Err(error) => eprintln!("note: {} stays as it is: {error}", path.display()),
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_changed_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        lay(folder.path()).unwrap();
        for (name, text) in TEMPLATES {
            assert_eq!(fs::read_to_string(path(name)).unwrap(), *text);
        }
        fs::write(path("index.html"), "mine").unwrap();
        fs::remove_file(path("demo/hello.html")).unwrap();
        lay(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(path("index.html")).unwrap(), "mine");
        assert!(path("demo/hello.html").exists());
    }
}
