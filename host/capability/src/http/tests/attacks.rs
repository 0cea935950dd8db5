//! Every case of `attacks.txt`, through both doors, with servers that count what reaches them.

use std::collections::BTreeSet;

use ::http::Response;
use goatkit_test_servers::attacks::{Case, cases, jump};
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

/// Answers `ok`, and leads from `/jump?302=PLACE` to the place, whose percent signs are read
/// once.
fn jumping(request: &str) -> Reply {
    let target = request.split(' ').nth(1).unwrap();
    match jump(target) {
        None => ok("ok"),
        Some((status, place)) => Reply::Keep(answer(
            &format!("{status} Moved"),
            &format!("location: {place}\r\n"),
            b"",
        )),
    }
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
    let (scheme, authority, path) = case.parts();
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

#[tokio::test]
async fn nothing_reaches_what_is_not_granted() {
    let outside = Server::start(jumping).await;
    let inside = Server::start(|_| ok("inside")).await;
    let cases = cases(ATTACKS, outside.port, inside.port);
    let (mut wrong, mut ran, mut denied) = (Vec::new(), 0, BTreeSet::new());
    let house = House::new("");
    for case in &cases {
        for door in case.doors() {
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
