//! floods: does what it may do, as often as it is told to, and answers how often it was let. Needs
//! the grants `events`, `schedule`, `mail` and `cache`.

use goatkit_plugin::jobs::Run;
use goatkit_plugin::mail::Message;
use goatkit_plugin::registration::{Job, Plugin};
use goatkit_plugin::schedule::Plan;
use goatkit_plugin::{Answer, Arguments, Error, Fault, Output, cache, events};
use goatkit_test_guests::{VERSION, function, plugin};

const FUNCTIONS: [&str; 4] = ["events", "jobs", "mails", "keys"];

struct Guest;

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> Plugin {
        let functions = FUNCTIONS.map(|name| function(name, &[("number", "integer")], "integer"));
        let mut plugin = plugin("floods", VERSION, functions.into());
        plugin.jobs = vec![Job {
            name: "tick".to_owned(),
            cron: String::new(),
            time_zone: "UTC".to_owned(),
            args: "{}".to_owned(),
            extra: Vec::new(),
        }];
        plugin
    }

    fn call(function: &str, args: &str) -> Result<Output, Error> {
        let number: u32 = Arguments::parse(&["number"], args)?.take()?;
        let act: fn(u32) -> Result<(), Fault> = match function {
            "events" => |_| events::publish("all", "again", &()).map(drop),
            // No two are the same: one that is there already would be kept as it is.
            "jobs" => |at| {
                let plan = Plan::new("0 3 * * *", "tick", &at);
                plan.schedule().map(drop)
            },
            "mails" => |_| {
                let mail = Message::new().to("ada@example.com").subject("again");
                mail.text("again").send().map(drop)
            },
            "keys" => |at| cache::set(&format!("key-{at}"), [b'x'; 1024], None),
            other => return Err(Error::Unknown(other.to_owned())),
        };
        let mut done = (0..number).filter(|at| act(*at).is_ok()).count();
        if function == "keys" {
            // What was set and pushed out again is not there.
            let there = |at: &u32| matches!(cache::get(&format!("key-{at}")), Ok(Some(_)));
            done = (0..number).filter(there).count();
        }
        done.into_output()
    }
}

impl goatkit_plugin::Jobs for Guest {
    fn run(_: Run) -> Result<(), Error> {
        Ok(())
    }
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
goatkit_plugin::raw::jobs::export_jobs!(Guest);
