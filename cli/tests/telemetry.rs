//! `[telemetry]` in `gk.toml`: a collector on loopback hears what a page led to, and nobody hears
//! anything where nothing is said.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;

use goatkit_test_support::Package;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use support::{Server, arg, gk, run};
use tempfile::TempDir;

/// What a collector was sent, in the order in which it came.
type Heard = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

/// A collector on a free port, for as long as the test's program runs.
fn collector() -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heard = Heard::default();
    let noted = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let noted = Arc::clone(&noted);
            thread::spawn(move || take(stream, &noted));
        }
    });
    (address, heard)
}

/// Takes what comes over one connection, until it ends.
fn take(mut stream: TcpStream, heard: &Heard) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if reader.read_until(b'\n', &mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.unwrap().parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        let told = ExportTraceServiceRequest::decode(&*body).unwrap();
        heard.lock().unwrap().push(told);
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\n\
                       content-length: 0\r\n\r\n";
        stream.write_all(answer).unwrap();
    }
}

/// All spans, whenever they came.
fn spans(heard: &Heard) -> Vec<Span> {
    let heard = heard.lock().unwrap();
    let resources = heard.iter().flat_map(|it| &it.resource_spans);
    let scopes = resources.flat_map(|it| &it.scope_spans);
    scopes.flat_map(|it| it.spans.clone()).collect()
}

fn field(span: &Span, name: &str) -> String {
    let named = span.attributes.iter().find(|it| it.key == name);
    let value = named.and_then(|it| it.value.as_ref()?.value.as_ref());
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// A data folder with a page that reads a plugin's cache.
fn data(telemetry: &str) -> TempDir {
    let data = tempfile::tempdir().unwrap();
    let (plugins, templates) = (data.path().join("plugins"), data.path().join("templates"));
    fs::create_dir(&plugins).unwrap();
    fs::create_dir(&templates).unwrap();
    Package::of_guest("cache_ok")
        .line("capabilities: { cache: { bytes: 1MiB } }")
        .write_zip(&plugins);
    let page = "{% use cache_ok %}{{ read('a-secret-key') or 'nothing' }}";
    fs::write(templates.join("cached.html"), page).unwrap();
    fs::write(data.path().join("gk.toml"), telemetry).unwrap();
    run(&["plugin", "grant", "cache-ok", "--data", arg(data.path())]).answer();
    data
}

/// Asks for the page, with header lines, and stops the server.
fn show(data: &Path, headers: &str) {
    let server = Server::serve(data);
    let answer = server.get_with("/cached", headers);
    assert_eq!((answer.status, answer.body.as_str()), (200, "nothing"));
    assert_eq!(server.stop("TERM").code(), Some(0));
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn traceparent() -> String {
    format!("traceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_collector_hears_what_a_page_led_to() {
    let (collector, heard) = collector();
    let data = data(&format!(
        "[telemetry]\notlp = \"{collector}\"\nservice_name = \"help-desk\"\n"
    ));
    // What it brings does not count: nobody said so.
    show(data.path(), &traceparent());
    let spans = spans(&heard);
    let asked = |span: &&Span| span.name == "host_call" && field(span, "door") == "cache";
    let asked = spans.iter().find(asked).unwrap();
    assert_eq!(field(asked, "function"), "get");
    assert_eq!(field(asked, "outcome"), "ok");
    let above = |span: &Span| {
        let parent = spans.iter().find(|it| it.span_id == span.parent_span_id);
        parent.unwrap().clone()
    };
    let call = above(asked);
    assert_eq!(call.name, "call");
    assert_eq!(field(&call, "plugin"), "cache-ok");
    assert_eq!(field(&call, "function"), "read");
    assert_eq!(field(&call, "outcome"), "ok");
    let render = above(&call);
    assert_eq!(
        (render.name.as_str(), field(&render, "outcome").as_str()),
        ("render", "ok")
    );
    let request = above(&render);
    assert_eq!(request.name, "request");
    assert_eq!(field(&request, "method"), "GET");
    assert_eq!(field(&request, "status"), "200");
    assert_eq!(request.parent_span_id, [0_u8; 0], "it begins the trace");
    assert_ne!(hex(&request.trace_id), TRACE);
    for span in &spans {
        let told = format!("{span:?}");
        for secret in ["a-secret-key", "/cached", "127.0.0.1"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
    let heard = heard.lock().unwrap();
    let resource = format!("{:?}", heard[0].resource_spans[0].resource);
    assert!(resource.contains("help-desk"), "{resource}");
}

#[test]
fn a_request_brings_its_trace_where_the_operator_says_so() {
    let (collector, heard) = collector();
    let data = data(&format!(
        "[telemetry]\notlp = \"{collector}\"\naccept = true\n"
    ));
    show(data.path(), &traceparent());
    let spans = spans(&heard);
    let request = spans.iter().find(|it| it.name == "request").unwrap();
    assert_eq!(hex(&request.trace_id), TRACE);
    assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331");
}

#[test]
fn of_a_sample_of_nothing_nothing_is_sent() {
    let (collector, heard) = collector();
    let data = data(&format!(
        "[telemetry]\notlp = \"{collector}\"\nsample = 0.0\n"
    ));
    show(data.path(), "");
    assert!(spans(&heard).is_empty());
}

#[test]
fn nothing_is_sent_where_nothing_is_said() {
    let (collector, heard) = collector();
    let data = data("");
    let mut command = gk(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        arg(data.path()),
    ]);
    // Not by what the environment says either.
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector);
    let server = Server::spawn(command);
    assert_eq!(server.page("/cached"), "nothing");
    assert_eq!(server.stop("TERM").code(), Some(0));
    assert!(heard.lock().unwrap().is_empty());
}

#[test]
fn a_collector_that_is_away_costs_one_line() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let data = data(&format!("[telemetry]\notlp = \"http://{address}\"\n"));
    let mut command = gk(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        arg(data.path()),
    ]);
    let log = tempfile::NamedTempFile::new().unwrap();
    command.stderr(Stdio::from(log.reopen().unwrap()));
    let server = Server::spawn(command);
    for _ in 0..3 {
        assert_eq!(server.page("/cached"), "nothing");
    }
    assert_eq!(server.stop("TERM").code(), Some(0));
    let log = fs::read_to_string(log.path()).unwrap();
    assert_eq!(log.matches("spans cannot be sent").count(), 1, "{log}");
}
