//! A real mail server and a real folder.

use std::path::PathBuf;
use std::sync::Arc;

use goatkit_test_servers::{
    Certificate, SignIn, Smtp as Server, SmtpOptions as ServerOptions, SmtpTls,
};
use mail_parser::{MessageParser, MimeHeaders};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::bench::{Bench, code, message, ordinary};
use crate::mail::{Folder, Post, Smtp, SmtpOptions};

fn certificate(folder: &TempDir, name: &str) -> Certificate {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let file = |what: &str, text: String| -> PathBuf {
        let path = folder.path().join(format!("{name}-{what}.pem"));
        std::fs::write(&path, text).unwrap();
        path
    };
    Certificate {
        certificate: file("certificate", made.cert.pem()),
        key: file("key", made.signing_key.serialize_pem()),
    }
}

fn sign_in() -> SignIn {
    SignIn {
        user: "goat".to_owned(),
        password: "s3cret".to_owned(),
    }
}

fn post(url: String, trusted: &[&Certificate], password: Option<&str>) -> Arc<dyn Post> {
    let certificates = trusted.iter().map(|it| it.certificate.clone()).collect();
    let credentials = password.map(|it| ("goat".to_owned(), it.to_owned()));
    Smtp::new(SmtpOptions {
        url,
        credentials,
        certificates,
    })
    .unwrap()
}

#[tokio::test]
async fn a_report_with_its_csv_arrives_and_so_does_the_next_after_a_restart() {
    let mut server = Server::start(ServerOptions::default());
    let url = format!("smtp://127.0.0.1:{}?tls=none", server.port());
    let bench = Bench::new(post(url, &[], None));
    let report = || {
        message(|it| {
            it.html("<h1>März</h1>".to_owned()).unwrap();
            let name = "report.csv".to_owned();
            it.attach(
                name,
                "text/csv; charset=utf-8".to_owned(),
                b"a;b\r\n1;2\r\n".to_vec(),
            )
            .unwrap();
            it.bcc("boss@example.com".to_owned()).unwrap();
        })
    };
    let id = bench.send(report()).await.unwrap();
    let received = server.received();
    let [one] = received.as_slice() else {
        panic!("{received:?}");
    };
    assert_eq!(one.from, "stats@example.com");
    assert_eq!(one.to, ["ann@example.com", "boss@example.com"]);
    let parsed = MessageParser::default().parse(&one.data).unwrap();
    assert_eq!(parsed.message_id(), Some(id.as_str()));
    assert_eq!(parsed.body_html(0).unwrap().trim_end(), "<h1>März</h1>");
    let file = parsed.attachment(0).unwrap();
    assert_eq!(file.attachment_name(), Some("report.csv"));
    assert_eq!(file.contents(), b"a;b\r\n1;2\r\n");
    assert!(!String::from_utf8_lossy(&one.data).contains("boss"));

    server.stop();
    assert_eq!(code(&bench.send(report()).await), "connect");
    server.start_again();
    bench.send(report()).await.unwrap();
    assert_eq!(server.received().len(), 2);
    assert_eq!(bench.counted(), 2);
}

#[tokio::test]
async fn a_server_is_believed_by_its_certificate_and_believes_by_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let own = certificate(&folder, "127.0.0.1");
    let other = certificate(&folder, "mail.example.com");
    for (scheme, tls) in [
        ("smtp", SmtpTls::StartTls(own.clone())),
        ("smtps", SmtpTls::Tls(own.clone())),
    ] {
        let server = Server::start(ServerOptions {
            tls,
            sign_in: Some(sign_in()),
        });
        let url = || format!("{scheme}://127.0.0.1:{}", server.port());
        for (trusted, password, expect) in [
            (vec![&own], Some("s3cret"), "sent"),
            (vec![&other, &own], Some("s3cret"), "sent"),
            (vec![], Some("s3cret"), "tls"),
            (vec![&other], Some("s3cret"), "tls"),
            (vec![&own], Some("secret"), "sign-in"),
            (vec![&own], None, "sign-in"),
        ] {
            let before = server.received().len();
            let bench = Bench::new(post(url(), &trusted, password));
            let answer = bench.send(ordinary()).await;
            assert_eq!(code(&answer), expect, "{scheme} {password:?} {answer:?}");
            let came = server.received().len() - before;
            assert_eq!(came, usize::from(expect == "sent"));
            assert_eq!(bench.counted(), i64::from(expect == "sent"));
        }
    }
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let other = certificate(&folder, "mail.example.com");
    for (scheme, tls) in [
        ("smtp", SmtpTls::StartTls(other.clone())),
        ("smtps", SmtpTls::Tls(other.clone())),
    ] {
        let server = Server::start(ServerOptions { tls, sign_in: None });
        let url = format!("{scheme}://127.0.0.1:{}", server.port());
        let bench = Bench::new(post(url, &[&other], None));
        assert_eq!(code(&bench.send(ordinary()).await), "tls", "{scheme}");
        assert!(server.received().is_empty());
    }
}

#[tokio::test]
async fn a_folder_gets_a_file_per_message_that_only_its_owner_reads() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("demo").join("mail");
    let bench = Bench::new(Arc::new(Folder::new(path.clone())));
    let sent = message(|it| {
        it.subject("../../x".to_owned()).unwrap();
        it.attach("x.csv".to_owned(), "text/csv".to_owned(), b"1".to_vec())
            .unwrap();
    });
    let id = bench.send(sent).await.unwrap();
    bench.send(ordinary()).await.unwrap();
    // After a restart numbers begin again: nothing is overwritten.
    let again = bench.reopened(&(Arc::new(Folder::new(path.clone())) as Arc<dyn Post>));
    again
        .send(&super::bench::scope(), ordinary())
        .await
        .unwrap();
    let entries = std::fs::read_dir(&path).unwrap();
    let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(
        names,
        [
            "20260301T093000Z-000001-stats.eml",
            "20260301T093000Z-000002-stats.eml",
            "20260301T093000Z-000003-stats.eml",
        ]
    );
    let first = std::fs::read(path.join(&names[0])).unwrap();
    let parsed = MessageParser::default().parse(&first).unwrap();
    assert_eq!(parsed.message_id(), Some(id.as_str()));
    assert_eq!(parsed.attachment_count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(path.clone()), mode(path.join(&names[0]))),
            (0o700, 0o600)
        );
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_a_failure_and_says_nothing_of_paths() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    let bench = Bench::new(Arc::new(Folder::new(file.join("mail"))));
    let answer = bench.send(ordinary()).await;
    assert_eq!(code(&answer), "connect");
    let told = answer.unwrap_err().to_string();
    assert!(!told.contains(&data.path().display().to_string()), "{told}");
}

/// Somebody between host and server, who puts answers in the clear behind the one to STARTTLS:
/// a client that keeps them would take them for the server's, said within TLS.
async fn between(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        let (client_in, mut client_out) = client.split();
        let mut client_in = BufReader::new(client_in);
        let mut line = String::new();
        // Greeting; EHLO and its lines; STARTTLS and its answer.
        server.read_line(&mut line).await.unwrap();
        while !line.contains("220 Ready") {
            client_out.write_all(line.as_bytes()).await.unwrap();
            let goes_on = line.as_bytes().get(3) == Some(&b'-');
            line.clear();
            if !goes_on {
                client_in.read_line(&mut line).await.unwrap();
                server.write_all(line.as_bytes()).await.unwrap();
                line.clear();
            }
            server.read_line(&mut line).await.unwrap();
        }
        let put = format!("{line}250-between\r\n250 AUTH PLAIN\r\n");
        client_out.write_all(put.as_bytes()).await.unwrap();
        drop(client_in);
        // What comes now is within TLS.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    });
    own
}

#[tokio::test]
async fn answers_put_in_before_tls_begins_are_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let own = certificate(&folder, "127.0.0.1");
    let server = Server::start(ServerOptions {
        tls: SmtpTls::StartTls(own.clone()),
        sign_in: None,
    });
    let port = between(server.port()).await;
    let bench = Bench::new(post(format!("smtp://127.0.0.1:{port}"), &[&own], None));
    let answer = bench.send(ordinary()).await;
    assert_eq!(code(&answer), "tls", "{answer:?}");
    assert!(server.received().is_empty());
}
