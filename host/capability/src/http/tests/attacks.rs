//! Every case of `attacks.txt`, through both doors, with servers that count what reaches them.

use std::collections::{BTreeMap, BTreeSet};

use ::http::Response;
use http_body_util::BodyExt;

use super::super::body::whole;
use super::super::{IncomingBody, Outgoing};
use super::server::{Reply, Server, answer, ok};
use super::support::{House, call, code};
use crate::Fault;
use crate::http::Request;

const ATTACKS: &str = include_str!("../attacks.txt");

/// Cases that the file has at least.
const LEAST_CASES: usize = 150;

struct Case {
    line: usize,
    expect: String,
    door: String,
    grant: Vec<String>,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    names: String,
}

/// Reads the file, with the ports of the two servers in their places.
fn cases(port: u16, inside: u16) -> Vec<Case> {
    let mut words = BTreeMap::from([
        ("{port}".to_owned(), port.to_string()),
        ("{inside}".to_owned(), inside.to_string()),
    ]);
    let filled = |words: &BTreeMap<String, String>, text: &str| {
        words
            .iter()
            .rev()
            .fold(text.to_owned(), |text, (word, with)| {
                text.replace(word, with)
            })
    };
    let mut cases = Vec::new();
    for (at, line) in ATTACKS.lines().enumerate() {
        if let Some((word, with)) = line.split_once(" = ").filter(|_| line.starts_with('{')) {
            words.insert(word.to_owned(), filled(&words, with));
        } else if !line.is_empty() && !line.starts_with('#') {
            let columns: Vec<String> = line
                .split(" | ")
                .map(|it| filled(&words, it.trim()))
                .collect();
            let [expect, door, grant, method, url, headers, names] = columns.as_slice() else {
                panic!("line {} has seven columns: {line}", at + 1);
            };
            let list = |text: &str| -> Vec<String> {
                let texts = text.split(" & ").filter(|it| *it != "-");
                texts.map(str::to_owned).collect()
            };
            let header = |text: &String| {
                let (name, value) = text.split_once('=').unwrap();
                (unescaped(name), unescaped(value))
            };
            cases.push(Case {
                line: at + 1,
                expect: expect.clone(),
                door: door.clone(),
                grant: list(grant),
                method: unescaped(method),
                url: unescaped(url),
                headers: list(headers).iter().map(header).collect(),
                names: if names == "-" {
                    String::new()
                } else {
                    names.clone()
                },
            });
        }
    }
    cases
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
        let code = u32::from_str_radix(&after[..4], 16).unwrap();
        text = format!("{before}{}{}", char::from_u32(code).unwrap(), &after[4..]);
    }
    text
}

/// Answers `ok`, and leads from `/jump?302=PLACE` to the place, whose percent signs are read
/// once.
fn jumping(request: &str) -> Reply {
    let target = request.split(' ').nth(1).unwrap();
    let Some((status, place)) = target
        .strip_prefix("/jump?")
        .and_then(|it| it.split_once('='))
    else {
        return ok("ok");
    };
    let place = decoded(place);
    Reply::Keep(answer(
        &format!("{status} Moved"),
        &format!("location: {place}\r\n"),
        b"",
    ))
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
    String::from_utf8(bytes).unwrap()
}

async fn through_send(house: &House, case: &Case) -> Result<u16, Fault> {
    let grant: Vec<&str> = case.grant.iter().map(String::as_str).collect();
    let http = house.plugin(&plugin(case, "send"), &grant);
    let mut request = Request::new(case.method.clone(), case.url.clone());
    request.redirects(5)?;
    for (name, value) in &case.headers {
        request.header(name.clone(), value.clone().into_bytes())?;
    }
    let answer = http.send(&call(), request).await?;
    Ok(answer.status)
}

async fn through_open(house: &House, case: &Case) -> Result<u16, Fault> {
    let grant: Vec<&str> = case.grant.iter().map(String::as_str).collect();
    let http = house.plugin(&plugin(case, "open"), &grant);
    let (scheme, authority, path) = parts(&case.url);
    let header = |(name, value): &(String, String)| (name.clone(), value.clone().into_bytes());
    let request = Outgoing {
        method: case.method.clone(),
        scheme,
        authority,
        path_with_query: path,
        headers: case.headers.iter().map(header).collect(),
        body: whole(None),
        connect_timeout: None,
        first_byte_timeout: None,
        between_bytes_timeout: None,
    };
    let answer: Response<IncomingBody> = http.open(&call(), request).await?;
    let status = answer.status().as_u16();
    answer.into_body().collect().await?;
    Ok(status)
}

/// `SCHEME AUTHORITY PATH` as it stands, `~` for what is not there; a URL is cut where a guest's
/// library would cut it.
fn parts(url: &str) -> (Option<String>, String, String) {
    let given = |text: &str| text.replace('~', "");
    if let [scheme, authority, path] = url.split(' ').collect::<Vec<_>>().as_slice() {
        let scheme = (*scheme != "~").then(|| given(scheme));
        return (scheme, given(authority), given(path));
    }
    let (scheme, rest) = url.split_once("://").unwrap();
    let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    (
        Some(scheme.to_owned()),
        authority.to_owned(),
        path.to_owned(),
    )
}

#[tokio::test]
async fn nothing_reaches_what_is_not_granted() {
    let outside = Server::start(jumping).await;
    let inside = Server::start(|_| ok("inside")).await;
    let cases = cases(outside.port, inside.port);
    let (mut wrong, mut ran, mut denied) = (Vec::new(), 0, BTreeSet::new());
    let house = House::new("");
    for case in &cases {
        for door in doors(case) {
            house.names.set(&case.names);
            let before = outside.requests().len();
            let answer = match door {
                "send" => through_send(&house, case).await,
                _ => through_open(&house, case).await,
            };
            let told = format!("line {}, {door}: {answer:?}", case.line);
            let found = match code(answer).as_str() {
                "ok" => "reaches".to_owned(),
                code => code.to_owned(),
            };
            let reached = outside.requests().len() > before;
            let reaches = case.url.contains("/jump") || case.expect == "reaches";
            if found != case.expect || reached != reaches || inside.connections() != 0 {
                wrong.push(format!("{told}, reached {reached}"));
            }
            if case.expect == "denied" {
                denied.insert(plugin(case, door));
            }
            ran += 1;
        }
    }
    let noted = house.denials().into_iter();
    let noted: BTreeSet<String> = noted.map(|line| line.plugin.to_string()).collect();
    assert_eq!(noted, denied, "what is denied is noted, and nothing else");
    assert_eq!(inside.connections(), 0);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= LEAST_CASES && ran > cases.len());
}

/// Each case has a plugin of its own, so that all denials are noted.
fn plugin(case: &Case, door: &str) -> String {
    format!("{door}-{}", case.line)
}

fn doors(case: &Case) -> Vec<&'static str> {
    match case.door.as_str() {
        "both" => vec!["send", "open"],
        "send" => vec!["send"],
        "open" => vec!["open"],
        other => panic!("line {}: no door {other}", case.line),
    }
}

#[test]
fn each_group_has_a_case_that_reaches_its_server() {
    for group in ATTACKS.split("\n## ").skip(1) {
        let name = group.lines().next().unwrap();
        let verdicts: Vec<&str> = group
            .lines()
            .skip(1)
            .filter(|line| !line.is_empty() && !line.starts_with(['#', '{']))
            .map(|line| line.split(" | ").next().unwrap().trim())
            .collect();
        assert!(verdicts.contains(&"reaches"), "{name}");
        assert!(verdicts.iter().any(|it| *it != "reaches"), "{name}");
    }
}
