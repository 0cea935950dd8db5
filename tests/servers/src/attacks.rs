//! Cases of attacks on the http room, as `host/capability/src/http/attacks.txt` has them: its
//! head says what the columns are. Two tests read them: the room's own, and the one that sends
//! them through guests.

use std::collections::BTreeMap;

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it stands in the file, from 1.
    pub line: usize,
    /// `reaches`, or the kind or code of the fault.
    pub expect: String,
    /// `send`, `open` or `both`.
    pub door: String,
    /// The rules of the grant.
    pub grant: Vec<String>,
    /// The method.
    pub method: String,
    /// The URL, or its three parts.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What names resolve to.
    pub names: String,
}

impl Case {
    /// The doors that it goes through.
    ///
    /// # Panics
    /// Where the file names another.
    pub fn doors(&self) -> Vec<&'static str> {
        match self.door.as_str() {
            "both" => vec!["send", "open"],
            "send" => vec!["send"],
            "open" => vec!["open"],
            other => panic!("line {}: no door {other}", self.line),
        }
    }

    /// Scheme, authority and path with query as they arrive at `open`. A URL is cut where a
    /// guest's library would cut it.
    ///
    /// # Panics
    /// Where it is neither a URL nor three parts.
    pub fn parts(&self) -> (Option<String>, String, String) {
        let given = |text: &str| text.replace('~', "");
        if let [scheme, authority, path] = self.url.split(' ').collect::<Vec<_>>().as_slice() {
            let scheme = (*scheme != "~").then(|| given(scheme));
            return (scheme, given(authority), given(path));
        }
        let (scheme, rest) = self.url.split_once("://").expect("a URL has a scheme");
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        (
            Some(scheme.to_owned()),
            authority.to_owned(),
            path.to_owned(),
        )
    }

    /// Whether a redirect of the server's is part of it.
    pub fn jumps(&self) -> bool {
        self.url.contains("/jump")
    }
}

/// Reads the file, with the ports of the two servers in their places.
///
/// # Panics
/// Where a line is no case.
pub fn cases(text: &str, port: u16, inside: u16) -> Vec<Case> {
    let mut words = BTreeMap::from([
        ("{port}".to_owned(), port.to_string()),
        ("{inside}".to_owned(), inside.to_string()),
    ]);
    let mut cases = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if let Some((word, with)) = line.split_once(" = ").filter(|_| line.starts_with('{')) {
            let with = filled(&words, with);
            words.insert(word.to_owned(), with);
        } else if !line.is_empty() && !line.starts_with('#') {
            let columns: Vec<String> = line
                .split(" | ")
                .map(|column| filled(&words, column.trim()))
                .collect();
            cases.push(case(at + 1, &columns));
        }
    }
    cases
}

/// A later word may stand for an earlier one.
fn filled(words: &BTreeMap<String, String>, text: &str) -> String {
    let replace = |text: String, (word, with): (&String, &String)| text.replace(word, with);
    words.iter().rev().fold(text.to_owned(), replace)
}

fn case(line: usize, columns: &[String]) -> Case {
    let [expect, door, grant, method, url, headers, names] = columns else {
        panic!("line {line} has seven columns: {columns:?}");
    };
    let list = |text: &str| -> Vec<String> {
        let texts = text.split(" & ").filter(|it| *it != "-");
        texts.map(str::to_owned).collect()
    };
    let header = |text: &String| {
        let (name, value) = text.split_once('=').expect("a header has a `=`");
        (unescaped(name), unescaped(value))
    };
    Case {
        line,
        expect: expect.clone(),
        door: door.clone(),
        grant: list(grant),
        method: unescaped(method),
        url: unescaped(url),
        headers: list(headers).iter().map(header).collect(),
        names: match names.as_str() {
            "-" => String::new(),
            names => names.to_owned(),
        },
    }
}

fn unescaped(text: &str) -> String {
    let mut text = text
        .replace("\\r", "\r")
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\s", " ")
        .replace("\\0", "\0")
        .replace("\\b", "\\");
    while let Some((before, after)) = text.split_once("\\u") {
        let code = u32::from_str_radix(&after[..4], 16).expect("four digits");
        let letter = char::from_u32(code).expect("a character");
        text = format!("{before}{letter}{}", &after[4..]);
    }
    text
}

/// Where `/jump?STATUS=PLACE` leads to: the status, and the place with its percent signs read
/// once. Nothing for another path.
pub fn jump(target: &str) -> Option<(String, String)> {
    let (status, place) = target.strip_prefix("/jump?")?.split_once('=')?;
    Some((status.to_owned(), decoded(place)))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let code = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        match code.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).expect("what stands in the file is text")
}
