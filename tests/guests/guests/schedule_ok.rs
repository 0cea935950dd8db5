//! schedule_ok: schedules, cancels and lists jobs as it is told to. Of its jobs `tick` logs what
//! it was told, `nightly` has a time of its own, `stubborn` fails twice, `endless` never ends.

use goatkit_plugin::jobs::Run;
use goatkit_plugin::registration::{Job, Plugin};
use goatkit_plugin::schedule::{self, Plan};
use goatkit_plugin::{Answer, Arguments, Error, Output, Value, json, log};
use goatkit_test_guests::{VERSION, function, plugin};

struct Guest;

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> Plugin {
        let functions = vec![
            function(
                "plan",
                &[
                    ("cron", "string"),
                    ("callback", "string"),
                    ("args", "json?"),
                ],
                "string",
            ),
            function("cancel", &[("id", "string")], "boolean"),
            function("list", &[], "array"),
        ];
        let mut plugin = plugin("schedule_ok", VERSION, functions);
        plugin.jobs = vec![
            job("tick", ""),
            job("nightly", "0 3 * * *"),
            job("stubborn", ""),
            job("endless", ""),
        ];
        plugin
    }

    fn call(function: &str, args: &str) -> Result<Output, Error> {
        match function {
            "plan" => {
                let mut args = Arguments::parse(&["cron", "callback", "args"], args)?;
                let (cron, callback): (String, String) = (args.take()?, args.take()?);
                let args: Option<Value> = args.take()?;
                let plan = Plan::new(&cron, &callback, &args);
                plan.retries(3).schedule()?.into_output()
            }
            "cancel" => {
                let id: String = Arguments::parse(&["id"], args)?.take()?;
                schedule::cancel(&id)?.into_output()
            }
            "list" => {
                let jobs = schedule::list()?;
                let jobs = jobs.iter().map(|it| {
                    json!({
                        "callback": it.callback,
                        "cron": it.cron,
                        "due": it.due.map(|due| due.seconds),
                        "last_result": it.last_result,
                    })
                });
                jobs.collect::<Value>().into_output()
            }
            other => Err(Error::Unknown(other.to_owned())),
        }
    }
}

impl goatkit_plugin::Jobs for Guest {
    fn run(run: Run) -> Result<(), Error> {
        let Run {
            name,
            due,
            attempt,
            args,
            ..
        } = run;
        log::info(&format!("{name} {} {attempt} {args}", due.seconds));
        match name.as_str() {
            "tick" | "nightly" => Ok(()),
            "stubborn" if attempt < 3 => Err(Error::failed("not yet")),
            "stubborn" => Ok(()),
            "endless" => loop {},
            _ => Err(Error::Unknown(name)),
        }
    }
}

fn job(name: &str, cron: &str) -> Job {
    Job {
        name: name.to_owned(),
        cron: cron.to_owned(),
        time_zone: "UTC".to_owned(),
        args: "{}".to_owned(),
        extra: vec![("retries".to_owned(), "2".to_owned())],
    }
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
goatkit_plugin::raw::jobs::export_jobs!(Guest);
