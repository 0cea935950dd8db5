//! The two commands that everyone types are the ones that README.md names.

use crate::Broken;

/// Shows what the house is for.
pub const DEMO: &str = "cargo gk demo";

/// Runs every test.
pub const TEST: &str = "cargo test --workspace";

/// The alias behind the first.
pub const ALIAS: &str = "gk = \"run --quiet --package goatkit-cli --bin gk --\"";

/// Holds README.md, `.ci/run` and `.cargo/config.toml` against each other.
#[must_use]
pub fn check(readme: &str, ci: &str, cargo: &str) -> Vec<Broken> {
    let mut broken = Vec::new();
    for command in [DEMO, TEST] {
        if !readme.lines().any(|line| is_command(line, command)) {
            let rule = format!("`{command}` stands on a line of its own, behind a `$`");
            broken.push(Broken::at("README.md", rule));
        }
    }
    let runs = |line: &str| !line.starts_with('#') && line.ends_with(TEST);
    if !ci.lines().any(|line| runs(line.trim())) {
        let rule = format!("it runs the tests as README.md does: `{TEST}`");
        broken.push(Broken::at(".ci/run", rule));
    }
    if !cargo.lines().any(|line| line == ALIAS) {
        broken.push(Broken::at(
            ".cargo/config.toml",
            format!("it has the alias {ALIAS}"),
        ));
    }
    broken
}

fn is_command(line: &str, command: &str) -> bool {
    let typed = line.strip_prefix("$ ").unwrap_or_default();
    typed.split(" #").next().map(str::trim_end) == Some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "$ cargo gk demo      # shows it\n$ cargo test --workspace\n";
    const CI: &str = "  step tests cargo test --workspace\n";

    fn places(readme: &str, ci: &str, cargo: &str) -> Vec<String> {
        let broken = check(readme, ci, cargo);
        broken.into_iter().map(|it| it.place).collect()
    }

    #[test]
    fn the_commands_agree() {
        assert!(places(README, CI, ALIAS).is_empty());
        assert_eq!(places("", CI, ALIAS), ["README.md", "README.md"]);
        let only_a_word = README.replace("$ cargo test", "`cargo test");
        assert_eq!(places(&only_a_word, CI, ALIAS), ["README.md"]);
        for ci in [
            "# cargo test --workspace",
            "cargo test --workspace -p x",
            "",
        ] {
            assert_eq!(places(README, ci, ALIAS), [".ci/run"]);
        }
        assert_eq!(places(README, CI, "gk = \"run\""), [".cargo/config.toml"]);
    }
}
