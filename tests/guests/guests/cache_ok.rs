//! cache_ok: keeps, reads and forgets texts, and fills the cache with as many as it is told to.
//! Faults are passed on unchanged.

use std::time::Duration;

use goatkit_plugin::{Answer, Arguments, Error, Output, cache};

goatkit_test_guests::guest! {
    keep(key: "string", text: "string", seconds: "integer?") -> "json",
    read(key: "string") -> "string?",
    forget(key: "string") -> "boolean",
    fill(number: "integer", bytes: "integer") -> "integer",
    spin(key: "string", times: "integer") -> "integer";
    answer
}

fn answer(function: &str, args: &str) -> Result<Output, Error> {
    let key = || -> Result<String, Error> { Arguments::parse(&["key"], args)?.take() };
    match function {
        "keep" => {
            let mut args = Arguments::parse(&["key", "text", "seconds"], args)?;
            let (key, text): (String, String) = (args.take()?, args.take()?);
            let seconds: Option<u64> = args.take()?;
            cache::set(&key, text, seconds.map(Duration::from_secs))?;
            goatkit_plugin::Value::Null.into_output()
        }
        "read" => {
            let text = cache::get(&key()?)?;
            let text = text.map(|it| String::from_utf8_lossy(&it).into_owned());
            text.into_output()
        }
        "forget" => cache::delete(&key()?)?.into_output(),
        // How many of them are there afterwards.
        "fill" => {
            let mut args = Arguments::parse(&["number", "bytes"], args)?;
            let (number, bytes): (u32, usize) = (args.take()?, args.take()?);
            let value = vec![b'x'; bytes];
            for each in 0..number {
                cache::set(&format!("fill-{each}"), &value, None)?;
            }
            let mut there = 0;
            for each in 0..number {
                there += u32::from(cache::get(&format!("fill-{each}"))?.is_some());
            }
            there.into_output()
        }
        "spin" => {
            let mut args = Arguments::parse(&["key", "times"], args)?;
            let (key, times): (String, u32) = (args.take()?, args.take()?);
            let mut bytes = 0;
            for _ in 0..times {
                bytes += cache::get(&key)?.map_or(0, |it| it.len());
            }
            bytes.into_output()
        }
        other => Err(Error::Unknown(other.to_owned())),
    }
}
