//! The top of the repository: a few folders, and no drawer for the rest.

use crate::Broken;

/// The folders at the top.
pub const FOLDERS: &[&str] = &[
    "wit",
    "host",
    "conformance",
    "cli",
    "guest-sdk",
    "examples",
    "tests",
];

/// A folder that will be there one day.
pub const EXPECTED: &[&str] = &["adapters"];

/// Holds the folders at the top, hidden ones left out, against the two tables.
#[must_use]
pub fn check(found: &[String]) -> Vec<Broken> {
    let known = |name: &str| FOLDERS.contains(&name) || EXPECTED.contains(&name);
    let strange = found.iter().filter(|name| !known(name)).map(|name| {
        let rule = format!(
            "no folder of this name at the top; there are {}",
            FOLDERS.join(", ")
        );
        Broken::at(name, rule)
    });
    let missing = FOLDERS
        .iter()
        .filter(|name| found.iter().all(|it| it != *name));
    let missing = missing.map(|name| Broken::at(*name, "this folder is part of the house"));
    strange.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_names(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        check(&names).into_iter().map(|it| it.place).collect()
    }

    #[test]
    fn there_are_these_folders_and_no_others() {
        assert!(check_names(FOLDERS).is_empty());
        assert!(check_names(&[FOLDERS, EXPECTED].concat()).is_empty());
        assert_eq!(check_names(&[FOLDERS, &["utils"]].concat()), ["utils"]);
        assert_eq!(check_names(&FOLDERS[1..]), ["wit"]);
    }
}
