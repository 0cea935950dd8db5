//! The application as it is started by a person: a process, which answers on a port and to
//! administrators on its data folder.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use goatkit_host::{HostBuilder, Method, Office};
use serde_json::json;

use crate::desk::{desk_notes, expect};

/// Ends with the test.
struct Running {
    process: Child,
    address: String,
}

impl Running {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_embed-host"))
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = process.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap();
        let address = address.strip_suffix('/').unwrap().to_owned();
        Self { process, address }
    }

    /// The whole answer to a request.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn administrators_reach_the_application_while_it_runs() {
    let data = tempfile::tempdir().unwrap();
    std::fs::create_dir(data.path().join("plugins")).unwrap();
    desk_notes(&data.path().join("plugins"));
    let desk = Running::start(data.path());
    expect(&desk.get("/"), &[" 200 ", "<h1>Tickets</h1>"]);
    expect(
        &desk.get("/ticket?id=1&as=ada"),
        &["waits until an administrator consents"],
    );

    let office = Office::of(HostBuilder::new(data.path())).await.unwrap();
    let decide = async |what: &str, rules: &[&str]| {
        let path = format!("/v1/plugins/desk-notes/{what}");
        let body = json!({ "rules": rules });
        office.ask(Method::POST, &path, Some(&body)).await.unwrap();
    };
    decide("grant", &[]).await;
    let says = [" 200 ", "Printer on fire", "Open tickets: 2"];
    expect(&desk.get("/ticket?id=1&as=ada"), &says);
    decide("revoke", &["ticketing"]).await;
    let says = ["Printer on fire", "not granted: ticketing"];
    expect(&desk.get("/ticket?id=1&as=ada"), &says);
}
