//! Every attack on the http room again, this time from within guests and by both of their
//! doors: nothing reaches a server that was not granted.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use goatkit_capability::http::{HttpOptions, Lookup, Resolve};
use goatkit_test_servers::attacks::{Case, cases};
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost};
use serde_json::{Value, json};

use crate::counting::Counting;

const ATTACKS: &str = include_str!("../../../host/capability/src/http/attacks.txt");

/// What names lead to: for each the answers that are left.
#[derive(Default)]
struct Names(Mutex<BTreeMap<String, Vec<Vec<IpAddr>>>>);

impl Names {
    /// Sets what the column of a case says.
    fn set(&self, column: &str) {
        let mut names = BTreeMap::new();
        for name in column.split(' ').filter(|it| !it.is_empty()) {
            let (name, answers) = name.split_once('=').unwrap();
            let answer = |text: &str| text.split(',').map(|it| it.parse().unwrap()).collect();
            names.insert(name.to_owned(), answers.split(';').map(answer).collect());
        }
        *self.0.lock().unwrap() = names;
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Lookup<'a> {
        let mut names = self.0.lock().unwrap();
        let answer = match names.get_mut(host) {
            Some(answers) if answers.len() > 1 => Ok(answers.remove(0)),
            Some(answers) => Ok(answers[0].clone()),
            None => Err(io::Error::other("there is no such name")),
        };
        Box::pin(async { answer })
    }
}

/// A host whose two guests were granted the same.
fn host(grant: &[String], names: &Arc<Names>) -> TestHost {
    // Something has to be asked for; a rule that no case uses grants nothing.
    let nothing = ["GET http://nothing.invalid/".to_owned()];
    let rules = if grant.is_empty() { &nothing } else { grant };
    let asks = format!("capabilities: {{ http: {} }}", json!(rules));
    let guest = |name: &str| Package::of_guest(name).line(&asks);
    let settings = HostSettings {
        http: HttpOptions {
            resolver: Arc::clone(names) as Arc<dyn Resolve>,
            ..HttpOptions::default()
        },
        ..HostSettings::default()
    };
    TestHost::with(
        &DataFolder::with(&[guest("http_ok"), guest("wasi_http")]),
        &settings,
    )
}

/// Whether the guest got an answer, and what it says otherwise.
async fn through(host: &TestHost, door: &str, case: &Case) -> Result<(), String> {
    let headers: Vec<Value> = case
        .headers
        .iter()
        .map(|(name, value)| json!([name, value]))
        .collect();
    if door == "send" {
        let args = json!([case.method, case.url, headers, 5]);
        let answer = host.call("http-ok", "send", args).await;
        return answer.map(drop).map_err(|error| error.to_string());
    }
    let (scheme, authority, path) = case.parts();
    let parts = json!([{
        "method": case.method,
        "scheme": scheme,
        "authority": authority,
        "path": path,
        "headers": headers,
    }]);
    let answer = host.call("wasi-http", "send", parts).await;
    match answer.map_err(|error| error.to_string())? {
        answer if answer["error"].is_null() => Ok(()),
        answer => Err(answer["error"].to_string()),
    }
}

/// Whether WASI's own types refused what the room would have taken: letters of other scripts in
/// names, schemes in capitals, a `host` that says what the authority says.
fn refused_by_wasi(case: &Case, answer: &Result<(), String>) -> bool {
    let plain = case.url.is_ascii() && !case.url.contains('%');
    let lower = case.url.starts_with("http");
    answer.as_ref().is_err_and(|error| {
        (!plain && error.contains("authority: refused"))
            || (!lower && error.contains("HttpProtocolError"))
            || (!case.headers.is_empty() && error.contains("HeaderError::Forbidden"))
    })
}

#[tokio::test]
async fn nothing_reaches_what_is_not_granted_from_within_a_guest() {
    let outside = Counting::start().await;
    let inside = Counting::start().await;
    let names = Arc::<Names>::default();
    let mut groups: BTreeMap<Vec<String>, Vec<Case>> = BTreeMap::new();
    for case in cases(ATTACKS, outside.port(), inside.port()) {
        groups.entry(case.grant.clone()).or_default().push(case);
    }
    let (mut wrong, mut reached, mut held) = (Vec::new(), 0, 0);
    for (grant, cases) in &groups {
        let host = host(grant, &names);
        for case in cases {
            for door in case.doors() {
                names.set(&case.names);
                let before = outside.seen().requests.len();
                let answer = through(&host, door, case).await;
                let came = outside.seen().requests.len() > before;
                let fine = match case.expect.as_str() {
                    "reaches" if refused_by_wasi(case, &answer) => !came,
                    "reaches" => answer.is_ok() && came,
                    // WASI leaves a fragment out before the room sees it.
                    "invalid" if door == "open" && case.url.contains('#') => true,
                    _ => answer.is_err() && came == case.jumps(),
                };
                if !fine || inside.seen().connections > 0 {
                    let line = case.line;
                    wrong.push(format!("line {line}, {door}: {answer:?}, reached: {came}"));
                }
                match case.expect.as_str() {
                    "reaches" => reached += 1,
                    _ => held += 1,
                }
            }
        }
        host.expect_sibling().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(inside.seen().connections, 0);
    assert!(reached >= 20 && held >= 300, "{reached} {held}");
}
