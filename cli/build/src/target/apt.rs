//! The machine's own Debian mirrors, as its configuration of apt names them.
//!
//! Both of apt's formats are read: stanzas (`*.sources`) and lines (`*.list`). No mirror's
//! name is known here: what the machine uses is used.

use std::fs;
use std::path::Path;

/// What tells a mirror of Debian from the third parties that stand beside it.
const DEBIAN: [&str; 9] = [
    "bookworm",
    "trixie",
    "forky",
    "duke",
    "sid",
    "unstable",
    "testing",
    "stable",
    "oldstable",
];

/// One source of packages that has a Debian suite with the component `main`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mirror {
    uris: String,
    /// Its suites as the machine uses them.
    pub(super) suites: Vec<String>,
    /// How its packages are checked: `Signed-By`, `Trusted`, as written.
    checks: String,
}

impl Mirror {
    /// The source of one suite, in apt's format of stanzas.
    pub(super) fn stanza(&self, suite: &str) -> String {
        format!(
            "Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\n{}",
            self.uris, self.checks
        )
    }
}

/// The mirrors that are named below `etc/apt`, each once.
pub(super) fn mirrors(etc: &Path) -> Vec<Mirror> {
    let codename = codename(&fs::read_to_string(etc.join("os-release")).unwrap_or_default());
    let mut files: Vec<_> = fs::read_dir(etc.join("apt/sources.list.d"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files.insert(0, etc.join("apt/sources.list"));

    let mut mirrors = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        let found = match file.extension().and_then(|extension| extension.to_str()) {
            Some("sources") => stanzas(&text),
            Some("list") => lines(&text),
            _ => continue,
        };
        let of_debian = |mirror: &Mirror| {
            mirror
                .suites
                .iter()
                .any(|own| DEBIAN.contains(&own.as_str()) || *own == codename)
        };
        for mirror in found.into_iter().filter(of_debian) {
            if !mirrors.contains(&mirror) {
                mirrors.push(mirror);
            }
        }
    }
    mirrors
}

fn codename(os_release: &str) -> String {
    let value = os_release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    value.unwrap_or_default().trim_matches('"').to_owned()
}

fn stanzas(text: &str) -> Vec<Mirror> {
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    text.split(|line| line.trim().is_empty())
        .filter_map(stanza)
        .collect()
}

fn stanza(lines: &[&str]) -> Option<Mirror> {
    let fields = fields(lines);
    let field = |name: &str| {
        let found = fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let words = |name| field(name).unwrap_or_default().split_whitespace();
    let is_off = field("Enabled").is_some_and(|value| matches!(value.trim(), "no" | "false" | "0"));
    if is_off || !words("Types").any(|t| t == "deb") || !words("Components").any(|c| c == "main") {
        return None;
    }
    let mut checks = String::new();
    for name in ["Signed-By", "Trusted"] {
        if let Some(value) = field(name) {
            checks.push_str(&format!("{name}:{value}\n"));
        }
    }
    Some(Mirror {
        uris: words("URIs").collect::<Vec<_>>().join(" "),
        suites: words("Suites").map(str::to_owned).collect(),
        checks,
    })
}

/// Keys and values; a value keeps its continuation lines, since a key block has many.
fn fields(lines: &[&str]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((key, value)) = line.split_once(':') {
            fields.push((key.trim().to_owned(), value.to_owned()));
        }
    }
    fields
}

fn lines(text: &str) -> Vec<Mirror> {
    text.lines().filter_map(line).collect()
}

/// `deb [signed-by=/a.gpg] http://mirror/debian trixie main contrib # words`
fn line(line: &str) -> Option<Mirror> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let rest = line
        .strip_prefix("deb")?
        .strip_prefix([' ', '\t'])?
        .trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let (uri, suite) = (words.next()?, words.next()?);
    if !words.any(|component| component == "main") {
        return None;
    }
    let checks = options
        .split_whitespace()
        .filter_map(|option| match option.split_once('=')? {
            ("signed-by", value) => Some(format!("Signed-By: {}\n", value.replace(',', " "))),
            ("trusted", value) => Some(format!("Trusted: {value}\n")),
            _ => None,
        })
        .collect();
    Some(Mirror {
        uris: uri.to_owned(),
        suites: vec![suite.to_owned()],
        checks,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// What is asked of a machine with this one file: the stanzas for the suite `sid`.
    fn check(name: &str, text: &str, expected: &[&str]) {
        let etc = tempfile::tempdir().unwrap();
        let file = etc.path().join("apt").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        fs::write(
            etc.path().join("os-release"),
            "ID=x\nVERSION_CODENAME=\"noble\"\n",
        )
        .unwrap();
        let found: Vec<String> = mirrors(etc.path())
            .iter()
            .map(|mirror| mirror.stanza("sid"))
            .collect();
        assert_eq!(found, expected, "{name}:\n{text}");
    }

    const PLAIN: &str = "Types: deb\nURIs: http://m/debian\nSuites: sid\nComponents: main\n";

    #[test]
    fn lines_of_the_old_format() {
        check(
            "sources.list",
            "deb http://m/debian bookworm main contrib # words",
            &[PLAIN],
        );
        check(
            "sources.list.d/a.list",
            "deb\thttp://m/debian trixie main",
            &[PLAIN],
        );
        check(
            "sources.list",
            "deb [arch=amd64 signed-by=/k.gpg] http://m/debian stable main",
            &[&format!("{PLAIN}Signed-By: /k.gpg\n")],
        );
        check("sources.list", "deb http://m/debian noble main", &[PLAIN]);
    }

    #[test]
    fn lines_that_are_of_no_use() {
        for text in [
            "",
            "# deb http://m/debian bookworm main",
            "deb-src http://m/debian bookworm main",
            "deb http://m/debian bookworm contrib",
            "deb http://m/tool tool-bookworm main",
            "deb [arch=amd64 http://m/debian bookworm main",
            "deb http://m/debian",
        ] {
            check("sources.list", text, &[]);
        }
        check(
            "sources.list.d/a.list.save",
            "deb http://m/debian sid main",
            &[],
        );
    }

    #[test]
    fn stanzas_of_the_new_format() {
        let block = "# words\nTypes: deb deb-src\nURIs: http://m/debian\n\
                     Suites: bookworm bookworm-updates\nComponents: main\n";
        check("sources.list.d/a.sources", block, &[PLAIN]);
        check(
            "sources.list.d/a.sources",
            &format!("{block}signed-by:\n -----BEGIN\n .\n abc\n\n{block}"),
            &[
                &format!("{PLAIN}Signed-By:\n -----BEGIN\n .\n abc\n"),
                PLAIN,
            ],
        );
        check(
            "sources.list.d/a.sources",
            &format!("{block}\n{block}"),
            &[PLAIN],
        );
    }

    #[test]
    fn stanzas_that_are_of_no_use() {
        let of = |types: &str, suites: &str, more: &str| {
            format!(
                "Types: {types}\nURIs: http://m/debian\nSuites: {suites}\nComponents: main\n{more}"
            )
        };
        check(
            "sources.list.d/a.sources",
            &of("deb-src", "bookworm", ""),
            &[],
        );
        check("sources.list.d/a.sources", &of("deb", "nodistro", ""), &[]);
        check(
            "sources.list.d/a.sources",
            &of("deb", "bookworm", "Enabled: no\n"),
            &[],
        );
    }
}
