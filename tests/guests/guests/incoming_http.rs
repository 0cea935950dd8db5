//! incoming_http: answers requests by WASI's own HTTP. What it does, the path says: `hello`,
//! `who`, `echo` (what is read is written), `waits` and `spins` (after the head), `endless`,
//! `breaks` (after the head), `breaks_first` and `hangs` (before it), `silent`, `refuses`,
//! `headers` and `too_many_headers`, `lies` (another length than it says), `twice` (it answers so
//! often), `after` (it goes on when the body has ended).

use goatkit_plugin::context;
use goatkit_plugin::log;
use goatkit_test_guests::{VERSION, plugin};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::exports::http::incoming_handler;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

/// What fits into one write.
const PIECE: usize = 4096;

goatkit_test_guests::registers!(Ok(plugin("incoming_http", VERSION, Vec::new())));

wasip2::http::proxy::export!(Guest);

impl incoming_handler::Guest for Guest {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        let path = path.trim_start_matches('/').to_owned();
        match path.as_str() {
            "hello" => say(out, "Hello"),
            "who" => {
                let actor = context::actor().ok().flatten();
                let login = actor.map_or("nobody".to_owned(), |actor| actor.login);
                let host = request.authority().unwrap_or_default();
                let length = request.headers().get("x-length").len();
                say(out, &format!("{login} at {host}, {length}"));
            }
            "echo" => {
                let body = request.consume().unwrap();
                let read = body.stream().unwrap();
                let (outgoing, write) = answer(out, Fields::new());
                echo(&read, &write);
                finish(outgoing, write);
            }
            "waits" => {
                let (_outgoing, write) = begin(out);
                subscribe_duration(3_600_000_000_000).block();
                drop(write);
            }
            "spins" => {
                let (_outgoing, _write) = begin(out);
                loop {}
            }
            "endless" => {
                let (_outgoing, write) = begin(out);
                while write.blocking_write_and_flush(&[b'x'; PIECE]).is_ok() {}
            }
            "breaks" => {
                let (_outgoing, _write) = begin(out);
                panic!("it breaks");
            }
            "breaks_first" => panic!("it breaks"),
            "hangs" => loop {},
            "silent" => drop(out),
            "twice" => {
                let handle = out.take_handle();
                let again = || unsafe { ResponseOutparam::from_handle(handle) };
                say(again(), "once");
                say(again(), "twice");
            }
            "refuses" => {
                let code = ErrorCode::InternalError(Some("not today".to_owned()));
                ResponseOutparam::set(out, Err(code));
            }
            "headers" => headers(out, 20),
            "too_many_headers" => headers(out, 1_000),
            "lies" => {
                let headers = Fields::new();
                headers.append("content-length", b"100").unwrap();
                let (outgoing, write) = answer(out, headers);
                write.blocking_write_and_flush(b"short").unwrap();
                drop(write);
                let _ = OutgoingBody::finish(outgoing, None);
            }
            "after" => {
                say(out, "done");
                log::info("after the answer");
            }
            other => say(out, other),
        }
    }
}

/// Sends the head; what is written then is the body.
fn answer(out: ResponseOutparam, headers: Fields) -> (OutgoingBody, OutputStream) {
    let response = OutgoingResponse::new(headers);
    let outgoing = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let write = outgoing.write().unwrap();
    (outgoing, write)
}

/// Sends the head and the first bytes.
fn begin(out: ResponseOutparam) -> (OutgoingBody, OutputStream) {
    let (outgoing, write) = answer(out, Fields::new());
    write.blocking_write_and_flush(b"begin").unwrap();
    (outgoing, write)
}

fn say(out: ResponseOutparam, text: &str) {
    let headers = Fields::new();
    headers.append("content-type", b"text/plain").unwrap();
    let (outgoing, write) = answer(out, headers);
    write.blocking_write_and_flush(text.as_bytes()).unwrap();
    finish(outgoing, write);
}

/// Answers with so many headers of a thousand bytes each.
fn headers(out: ResponseOutparam, count: u32) {
    let headers = Fields::new();
    for at in 0..count {
        headers.append(&format!("x-{at}"), &[b'x'; 1000]).unwrap();
    }
    let (outgoing, write) = answer(out, headers);
    finish(outgoing, write);
}

/// What is read is written, piece by piece. A body that breaks off is told at its end.
fn echo(read: &InputStream, write: &OutputStream) {
    loop {
        match read.blocking_read(PIECE as u64) {
            Ok(piece) => write.blocking_write_and_flush(&piece).unwrap(),
            Err(StreamError::Closed) => return,
            Err(StreamError::LastOperationFailed(_)) => {
                return write.blocking_write_and_flush(b"broke off").unwrap();
            }
        }
    }
}

fn finish(outgoing: OutgoingBody, write: OutputStream) {
    drop(write);
    OutgoingBody::finish(outgoing, None).unwrap();
}
