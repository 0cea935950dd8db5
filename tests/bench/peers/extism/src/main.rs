//! Calls a plugin in Extism as often as it is told to, and tells how long that took.
//!
//! `goatkit-bench-extism PLUGIN.wasm` reads lines of a word and a number: `warm 1000` calls the
//! same instance a thousand times, `fresh 1000` makes an instance for each call and drops it. Each
//! line is answered by one with nanoseconds in all, so that whoever asks can take turns with
//! others. Asked by the benchmark `side_by_side`; it decides nothing.

use std::env;
use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use extism::{CompiledPlugin, Error, Manifest, Plugin, PluginBuilder, Wasm};

/// As the platform's own benchmark calls it.
const FUNCTION: &str = "calculate_something";
const ARGS: &str = "[\"input\"]";
const ANSWER: &str = "{\"value\":5}";

fn main() -> Result<(), Error> {
    let plugin = env::args().nth(1);
    let plugin = plugin.ok_or_else(|| Error::msg("name the plugin's wasm"))?;
    let manifest = Manifest::new([Wasm::file(plugin)]);
    let compiled = PluginBuilder::new(manifest).with_wasi(false).compile()?;
    let mut warm = Plugin::new_from_compiled(&compiled)?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (what, times) = line.split_once(' ').unwrap_or((&line, ""));
        let times: u64 = times.parse()?;
        let took = match what {
            "warm" => calls(times, &mut warm)?,
            "fresh" => instances(times, &compiled)?,
            _ => {
                return Err(Error::msg(format!(
                    "`{what}` is neither `warm` nor `fresh`"
                )));
            }
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{}", took.as_nanos())?;
        out.flush()?;
    }
    Ok(())
}

fn calls(times: u64, plugin: &mut Plugin) -> Result<Duration, Error> {
    let begin = Instant::now();
    for _ in 0..times {
        call(plugin)?;
    }
    Ok(begin.elapsed())
}

fn instances(times: u64, compiled: &CompiledPlugin) -> Result<Duration, Error> {
    let begin = Instant::now();
    for _ in 0..times {
        call(&mut Plugin::new_from_compiled(compiled)?)?;
    }
    Ok(begin.elapsed())
}

fn call(plugin: &mut Plugin) -> Result<(), Error> {
    let answer: String = plugin.call(FUNCTION, ARGS)?;
    match black_box(answer) == ANSWER {
        true => Ok(()),
        false => Err(Error::msg("the plugin answers something else")),
    }
}
