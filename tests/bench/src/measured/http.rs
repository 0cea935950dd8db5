//! Requests that a plugin answers by WASI's own HTTP, beside `wasmtime serve` on the same
//! component, both asked by `wrk`.

use std::time::Duration;

use super::Bench;
use crate::Result;
use crate::peers::serve::Serve;
use crate::peers::{Found, Peers, wrk};
use crate::samples::Samples;
use crate::site::{MOUNT, Site};
use crate::table::{Outcome, Row, Section, Target, Unit};

/// Connections that ask at once.
const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// Design: as many requests as `wasmtime serve` answers.
const TARGET: Target = Target::AtLeast(1.0);

/// How much longer than another round one with `wrk` takes: it starts a process and connects, and
/// counts whole seconds.
const LONGER: u32 = 10;

/// How many rounds fewer there are for that.
const FEWER: usize = 3;

pub(super) fn section(bench: &Bench, peers: Peers) -> Result<Section> {
    let work = tempfile::tempdir()?;
    let serve = match wrk::find() {
        Ok(()) => Serve::start(peers, &Site::component(), work.path())?,
        Err(how) => Err(how),
    };
    let rows: Result<Vec<Row>> = CONNECTIONS
        .iter()
        .map(|connections| row(bench, &serve, *connections))
        .collect();
    Ok(Section {
        title: "Requests",
        about: "A small answer of a guest of WASI's own HTTP (`tests/guests/guests/serves_http.rs`), \
                on an instance of its own for each request. GoatKit asks who it is, and whether he \
                may, and bounds what comes back. `wrk` asks with one thread on the same machine.",
        rows: rows?,
    })
}

fn row(bench: &Bench, serve: &Found<Serve>, connections: usize) -> Result<Row> {
    let outcome = match serve {
        Ok(serve) => measured(bench, serve, connections)?,
        Err(how) => Outcome::Missing(how.clone()),
    };
    let what = match connections {
        1 => "requests over 1 connection".to_owned(),
        many => format!("requests over {many} connections"),
    };
    Ok(Row {
        what,
        peer: "`wasmtime serve`".to_owned(),
        unit: Unit::PerSecond,
        outcome,
        target: Some(TARGET),
    })
}

fn measured(bench: &Bench, serve: &Serve, connections: usize) -> Result<Outcome> {
    let ours = bench.site.url(MOUNT);
    let time = bench.plan.time * LONGER;
    let ask = |url: &str, time: Duration| wrk::ask(url, connections, time);
    // Once before it counts.
    for url in [ours.as_str(), serve.url()] {
        ask(url, Duration::from_secs(1))?;
    }
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for round in 0..bench.plan.rounds.div_ceil(FEWER) {
        if round % 2 == 0 {
            here.push(ask(&ours, time)?);
            there.push(ask(serve.url(), time)?);
        } else {
            there.push(ask(serve.url(), time)?);
            here.push(ask(&ours, time)?);
        }
    }
    match (Samples::of(here), Samples::of(there)) {
        (Some(ours), Some(peer)) => Ok(Outcome::Measured { ours, peer }),
        _ => Err("no request was measured".into()),
    }
}
