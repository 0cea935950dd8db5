//! The way from a page to a guest: ARCHITECTURE.md names the files that a reader follows,
//! and they are there, short, and each below the one before.

use crate::Broken;
use crate::repository::Source;

/// The paper.
pub const PAPER: &str = "ARCHITECTURE.md";

/// The list stands between these two lines of it.
pub const MARKS: (&str, &str) = ("<!-- the walk -->", "<!-- end of the walk -->");

/// How many files one follows.
pub const FILES: usize = 6;

/// The longest of them: what one reads in a sitting.
pub const MOST_LINES: usize = 350;

/// The floors that the walk passes, downwards.
pub const DOWNWARDS: &[&str] = &[
    "host/web/",
    "host/manager/",
    "host/wasm/",
    "host/capability/",
];

/// Holds the list in the paper against the sources.
#[must_use]
pub fn check(paper: &str, sources: &[Source]) -> Vec<Broken> {
    let files = listed(paper);
    let mut broken = Vec::new();
    if files.len() != FILES {
        let rule = format!(
            "the walk has {FILES} files, numbered, between {} and {}; found {}",
            MARKS.0,
            MARKS.1,
            files.len()
        );
        broken.push(Broken::at(PAPER, rule));
    }
    let mut above = 0;
    for file in files {
        let floor = DOWNWARDS.iter().position(|floor| file.starts_with(floor));
        match floor {
            Some(floor) if floor >= above => above = floor,
            _ => broken.push(Broken::at(
                file,
                "the walk goes down: web, manager, wasm, capability",
            )),
        }
        let source = sources.iter().find(|it| it.path == file);
        match source.map(|it| it.text.lines().count()) {
            None => broken.push(Broken::at(file, "the walk names it, and it is not there")),
            Some(lines) if lines > MOST_LINES => {
                let rule = format!("{lines} lines, and the walk allows {MOST_LINES}");
                broken.push(Broken::at(file, rule));
            }
            Some(_) => {}
        }
    }
    broken
}

/// The files of the numbered list, each the first thing in backticks of its line.
fn listed(paper: &str) -> Vec<&str> {
    let inside = paper
        .split_once(MARKS.0)
        .and_then(|(_, rest)| rest.split_once(MARKS.1));
    let lines = inside.map_or("", |(inside, _)| inside).lines();
    let numbered = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    numbered.filter_map(|line| line.split('`').nth(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALK: [&str; FILES] = [
        "host/web/a.rs",
        "host/web/b.rs",
        "host/manager/c.rs",
        "host/wasm/d.rs",
        "host/wasm/e.rs",
        "host/wasm/f.rs",
    ];

    fn paper(files: &[&str]) -> String {
        let line = |(at, file): (usize, &&str)| format!("{}. `{file}`: text `x`\n", at + 1);
        let lines: String = files.iter().enumerate().map(line).collect();
        format!("1. `other`\n{}\n{lines}{}\n2. `other`", MARKS.0, MARKS.1)
    }

    fn check_walk(files: &[&str], lines: usize) -> Vec<String> {
        let source = |file: &&str| Source {
            path: (*file).to_owned(),
            text: "\n".repeat(lines),
        };
        let sources: Vec<Source> = WALK.iter().map(source).collect();
        let broken = check(&paper(files), &sources);
        broken.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_walk_is_six_short_files_downwards() {
        assert!(check_walk(&WALK, MOST_LINES).is_empty());
        assert_eq!(check_walk(&WALK, MOST_LINES + 1).len(), FILES);
        assert!(check_walk(&WALK[..5], 1)[0].contains("the walk has 6 files"));
        assert_eq!(check("no list", &[]).len(), 1);
    }

    #[test]
    fn a_step_upwards_is_named() {
        let mut walk = WALK;
        walk.swap(1, 2);
        let broken = check_walk(&walk, 1);
        assert_eq!(
            broken,
            ["host/web/b.rs: the walk goes down: web, manager, wasm, capability"]
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let mut walk = WALK;
        walk[5] = "host/wasm/gone.rs";
        let broken = check_walk(&walk, 1);
        assert_eq!(
            broken,
            ["host/wasm/gone.rs: the walk names it, and it is not there"]
        );
    }
}
