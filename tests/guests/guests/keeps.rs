//! keeps: leaves something in every room, and says goodbye in its log, unless its setting
//! `goodbye` is `no`: then its `remove` fails.
//!
//! Its package asks for tables of its own, a cache, mail and jobs, and declares the settings
//! `goodbye` and `token`.

use goatkit_plugin::db::{self, params};
use goatkit_plugin::jobs::Run;
use goatkit_plugin::registration::{Job, Plugin};
use goatkit_plugin::schedule::Plan;
use goatkit_plugin::{Answer, Error, Lifecycle, Output, cache, config, log};
use goatkit_test_guests::{VERSION, function, plugin};

struct Guest;

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> Plugin {
        let functions = vec![
            function("keep", &[], "integer"),
            function("kept", &[], "integer"),
            function("cached", &[], "boolean"),
            function("endless", &[], "json"),
        ];
        let mut plugin = plugin("keeps", VERSION, functions);
        plugin.permissions = vec!["keeps.view".to_owned()];
        plugin.jobs = vec![Job {
            name: "nightly".to_owned(),
            cron: "0 3 * * *".to_owned(),
            time_zone: "UTC".to_owned(),
            args: "{}".to_owned(),
            extra: Vec::new(),
        }];
        plugin
    }

    fn call(function: &str, _: &str) -> Result<Output, Error> {
        match function {
            "keep" => {
                table()?;
                db::execute("INSERT INTO p_keeps__notes (text) VALUES (?)", params!["x"])?;
                cache::set("key", b"value", None)?;
                Plan::new("0 4 * * *", "nightly", &()).schedule()?;
                count()?.into_output()
            }
            "kept" => {
                table()?;
                count()?.into_output()
            }
            "cached" => cache::get("key")?.is_some().into_output(),
            "endless" => loop {},
            other => Err(Error::Unknown(other.to_owned())),
        }
    }
}

fn table() -> Result<(), Error> {
    let create = "CREATE TABLE IF NOT EXISTS p_keeps__notes (id INTEGER PRIMARY KEY, text TEXT)";
    db::execute(create, [])?;
    Ok(())
}

fn count() -> Result<i64, Error> {
    let rows: Vec<(i64,)> = db::query("SELECT count(*) FROM p_keeps__notes", [])?.to()?;
    Ok(rows.into_iter().map(|(count,)| count).sum())
}

impl goatkit_plugin::Jobs for Guest {
    fn run(_: Run) -> Result<(), Error> {
        Ok(())
    }
}

impl Lifecycle for Guest {
    fn activate(previous: Option<String>) -> Result<(), Error> {
        let previous = previous.as_deref().unwrap_or("nothing");
        log::info(format!("activated after {previous}"));
        Ok(())
    }

    fn remove() -> Result<(), Error> {
        let goodbye: Option<String> = config::get("goodbye")?;
        if goodbye.as_deref() == Some("no") {
            return Err(Error::coded("stays", "it does not want to go"));
        }
        // It has what it keeps to the end.
        log::info(format!("goodbye to {} notes", count()?));
        Ok(())
    }
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
goatkit_plugin::raw::jobs::export_jobs!(Guest);
goatkit_plugin::raw::lifecycle::export_lifecycle!(Guest);
