//! huge_lists: passes the host lists and texts of as many elements as it is told to, which the
//! host would have to lift into its own memory. Needs the grants `db`, `http` and `events`.

use goatkit_plugin::http::{self, Request};
use goatkit_plugin::{Answer, Arguments, Error, Output, db, events, log};

goatkit_test_guests::guest! {
    parameters(number: "integer") -> "integer",
    statement(number: "integer") -> "integer",
    requests(number: "integer") -> "integer",
    header(number: "integer") -> "integer",
    event(number: "integer") -> "integer",
    fields(number: "integer") -> "integer",
    line(number: "integer") -> "integer";
    call
}

fn call(function: &str, args: &str) -> Result<Output, Error> {
    let number: usize = Arguments::parse(&["number"], args)?.take()?;
    match function {
        "parameters" => {
            let params = vec![db::Value::Integer(1); number];
            db::query("SELECT ?", params)?.len().into_output()
        }
        "statement" => {
            let sql = format!("SELECT '{}'", "a".repeat(number));
            db::query(&sql, [])?.len().into_output()
        }
        "requests" => {
            let requests = (0..number).map(|_| Request::get("http://example.com/"));
            http::send_many(requests)?.len().into_output()
        }
        "header" => {
            let request = Request::get("http://example.com/");
            let sent = request.header("x-long", vec![b'a'; number]).send()?;
            sent.body.len().into_output()
        }
        "event" => {
            let data = "a".repeat(number);
            events::publish("all", "huge", &data)?.into_output()
        }
        "fields" => {
            let value = goatkit_plugin::Value::from(1);
            let fields = vec![("a", value); number];
            log::write(log::Level::Info, "many fields", &fields);
            number.into_output()
        }
        "line" => {
            log::info("a".repeat(number));
            number.into_output()
        }
        other => Err(Error::Unknown(other.to_owned())),
    }
}
