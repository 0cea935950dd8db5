//! wasi_http: sends one request by WASI's own HTTP, and answers `{"status", "body"}` or
//! `{"error"}` in the words of WASI. `keep` leaves the body unread, and a later `rest` reads it;
//! `half` begins a body and returns.

use std::cell::RefCell;

use goatkit_plugin::{Answer, Arguments, Error, Value, json};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use wasip2::io::streams::StreamError;

goatkit_test_guests::guest! {
    send(parts: "object") -> "object",
    keep(parts: "object") -> "object",
    rest() -> "object",
    half(parts: "object") -> "object";
    |function, args| {
        let parts = || -> Result<Value, Error> { Arguments::parse(&["parts"], args)?.take() };
        let told = match function {
            "send" => send(&parts()?).and_then(|answer| read(&answer)),
            "keep" => send(&parts()?).map(|answer| {
                let status = answer.status();
                KEPT.with(|kept| kept.replace(Some(answer)));
                (status, String::new())
            }),
            "rest" => match KEPT.with(RefCell::take) {
                Some(answer) => read(&answer),
                None => Err("nothing was kept".to_owned()),
            },
            "half" => half(&parts()?).map(|()| (0, String::new())),
            other => return Err(Error::Unknown(other.to_owned())),
        };
        let told = match told {
            Ok((status, body)) => json!({ "status": status, "body": body }),
            Err(why) => json!({ "error": why }),
        };
        told.into_output()
    }
}

thread_local! {
    static KEPT: RefCell<Option<IncomingResponse>> = const { RefCell::new(None) };
}

/// Begins to send a body, and leaves everything as it stands.
fn half(parts: &Value) -> Result<(), String> {
    let (request, outgoing) = request(parts)?;
    let stream = outgoing.write().map_err(|()| "stream: refused")?;
    let sent = handle(request, None).map_err(shown)?;
    // More than waits in the host: some of it is on its way then.
    for _ in 0..64 {
        let written = stream.blocking_write_and_flush(&[b'x'; 4096]);
        written.map_err(|error| format!("{error:?}"))?;
    }
    // Nothing of it is dropped in order.
    std::mem::forget((stream, outgoing, sent));
    Ok(())
}

/// `method`, `scheme`, `authority`, `path`, `headers` (a list of pairs) and `body`.
fn send(parts: &Value) -> Result<IncomingResponse, String> {
    let (request, outgoing) = request(parts)?;
    let sent = handle(request, None).map_err(shown)?;
    if let Some(body) = parts["body"].as_str() {
        let stream = outgoing.write().map_err(|()| "stream: refused")?;
        // A request that is refused has no reader, and its answer says why.
        for piece in body.as_bytes().chunks(4096) {
            if stream.blocking_write_and_flush(piece).is_err() {
                break;
            }
        }
    }
    let _ = OutgoingBody::finish(outgoing, None);
    sent.subscribe().block();
    let answer = sent
        .get()
        .ok_or("no answer")?
        .map_err(|()| "taken already")?;
    answer.map_err(shown)
}

fn request(parts: &Value) -> Result<(OutgoingRequest, OutgoingBody), String> {
    let text = |key: &str| parts[key].as_str();
    let headers = Fields::new();
    for pair in parts["headers"].as_array().unwrap_or(&Vec::new()) {
        let (name, value) = (pair[0].as_str(), pair[1].as_str());
        let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
        let added = headers.append(name, value.as_bytes());
        added.map_err(|error| format!("header: {error:?}"))?;
    }
    let request = OutgoingRequest::new(headers);
    let method = match text("method").unwrap_or("GET") {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "DELETE" => Method::Delete,
        other => Method::Other(other.to_owned()),
    };
    let scheme = text("scheme").map(|scheme| match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    });
    let refused = |what: &'static str| move |()| format!("{what}: refused");
    request.set_method(&method).map_err(refused("method"))?;
    request
        .set_scheme(scheme.as_ref())
        .map_err(refused("scheme"))?;
    request
        .set_authority(text("authority"))
        .map_err(refused("authority"))?;
    request
        .set_path_with_query(text("path"))
        .map_err(refused("path"))?;
    let outgoing = request.body().map_err(refused("body"))?;
    Ok((request, outgoing))
}

fn read(answer: &IncomingResponse) -> Result<(u16, String), String> {
    let body = answer.consume().map_err(|()| "no body")?;
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(read) => bytes.extend(read),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(error.to_debug_string());
            }
        }
    }
    Ok((
        answer.status(),
        String::from_utf8_lossy(&bytes).into_owned(),
    ))
}

fn shown(error: ErrorCode) -> String {
    format!("{error:?}")
}
