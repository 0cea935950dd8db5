//! hoards: makes resources of the host's, as many as it is told to, and drops none. Answers how
//! many it has when nothing breaks it off. Needs the grants `http`, `mail` and `db`.

use goatkit_plugin::db::{self, Transaction};
use goatkit_plugin::raw::goatkit::plugin::http::Request;
use goatkit_plugin::raw::goatkit::plugin::mail::Message;
use goatkit_plugin::{Answer, Arguments, Error};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::types::{Fields, OutgoingRequest};

goatkit_test_guests::guest! {
    pollables(number: "integer") -> "integer",
    fields(number: "integer") -> "integer",
    outgoing(number: "integer") -> "integer",
    requests(number: "integer") -> "integer",
    messages(number: "integer") -> "integer",
    transactions(number: "integer") -> "integer";
    |function, args| {
        let number: u32 = Arguments::parse(&["number"], args)?.take()?;
        let make: fn() -> Result<(), Error> = match function {
            "pollables" => || kept(subscribe_duration(1_000_000_000)),
            "fields" => || kept(Fields::new()),
            "outgoing" => || kept(OutgoingRequest::new(Fields::new())),
            "requests" => || kept(Request::new("GET", "http://example.com/")),
            "messages" => || kept(Message::new()),
            "transactions" => || kept::<Transaction>(db::begin()?),
            other => return Err(Error::Unknown(other.to_owned())),
        };
        for _ in 0..number {
            make()?;
        }
        number.into_output()
    }
}

/// The host hears of a resource's end when it is dropped: this one never is.
fn kept<T>(resource: T) -> Result<(), Error> {
    std::mem::forget(resource);
    Ok(())
}
