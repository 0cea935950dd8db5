//! http_ok: sends what it is told to, alone or several at once, and answers status and body;
//! `endless` asks for a body without an end. Faults are passed on unchanged.

use std::time::Duration;

use goatkit_plugin::http::{Request, Response};
use goatkit_plugin::{Answer, Arguments, Error, Output, Value, http, json};

goatkit_test_guests::guest! {
    send(method: "string", url: "string", headers: "array", redirects: "integer?") -> "object",
    follow(url: "string", redirects: "integer") -> "object",
    secret(url: "string", key: "string") -> "object",
    many(urls: "array") -> "array",
    within(url: "string", milliseconds: "integer") -> "object",
    hoard(bytes: "integer") -> "string";
    answer
}

fn answer(function: &str, args: &str) -> Result<Output, Error> {
    match function {
        "send" => {
            let mut args = Arguments::parse(&["method", "url", "headers", "redirects"], args)?;
            let (method, url): (String, String) = (args.take()?, args.take()?);
            let headers: Vec<(String, String)> = args.take()?;
            let redirects: Option<u32> = args.take()?;
            let mut request = Request::new(&method, &url);
            for (name, value) in headers {
                request = request.header(&name, value);
            }
            if let Some(most) = redirects {
                request = request.redirects(most);
            }
            told(&request.send()?).into_output()
        }
        "follow" => {
            let mut args = Arguments::parse(&["url", "redirects"], args)?;
            let (url, most): (String, u32) = (args.take()?, args.take()?);
            told(&Request::get(&url).redirects(most).send()?).into_output()
        }
        "secret" => {
            let mut args = Arguments::parse(&["url", "key"], args)?;
            let (url, key): (String, String) = (args.take()?, args.take()?);
            told(&Request::get(&url).bearer(&key).send()?).into_output()
        }
        "many" => {
            let urls: Vec<String> = Arguments::parse(&["urls"], args)?.take()?;
            let answers = http::send_many(urls.iter().map(|url| Request::get(url)))?;
            let answers = answers.iter().map(|answer| match answer {
                Ok(response) => told(response),
                Err(fault) => json!({ "fault": fault.to_string() }),
            });
            answers.collect::<Value>().into_output()
        }
        "within" => {
            let mut args = Arguments::parse(&["url", "milliseconds"], args)?;
            let (url, most): (String, u64) = (args.take()?, args.take()?);
            let request = Request::get(&url).timeout(Duration::from_millis(most));
            told(&request.send()?).into_output()
        }
        // Requests that are never sent lie in the host.
        "hoard" => {
            let bytes: usize = Arguments::parse(&["bytes"], args)?.take()?;
            let body = vec![0; bytes];
            let hoard: Vec<Request> = (0..100)
                .map(|_| Request::post("http://example.com/").body(&body))
                .collect();
            let last = hoard.into_iter().last().map(Request::send);
            match last {
                Some(Err(fault)) => Err(fault.into()),
                _ => "sent".into_output(),
            }
        }
        other => Err(Error::Unknown(other.to_owned())),
    }
}

fn told(response: &Response) -> Value {
    let body = String::from_utf8_lossy(&response.body);
    json!({ "status": response.status, "url": response.url, "body": body })
}
