//! What chromedriver offers beyond the standard, as commands of the kept client.

use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// One of chromedriver's own commands.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// A command of the DevTools protocol.
pub(crate) async fn devtools(client: &Client, command: &str, params: Value) -> Value {
    let own = Own {
        path: "goog/cdp/execute",
        body: json!({ "cmd": command, "params": params }),
    };
    let answer = client.issue_cmd(own).await;
    answer.unwrap_or_else(|error| panic!("{command}: {error}"))
}

/// What was written to the console since it was last asked.
pub(crate) async fn console(client: &Client) -> Vec<Value> {
    let own = Own {
        path: "se/log",
        body: json!({ "type": "browser" }),
    };
    match client.issue_cmd(own).await {
        Ok(Value::Array(lines)) => lines,
        other => panic!("chromedriver has no log of the console: {other:?}"),
    }
}
