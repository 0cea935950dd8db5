//! One call, one instance and one page, beside the same in bare wasmtime and in Extism.

use std::hint::black_box;

use super::{Bench, row};
use crate::Result;
use crate::bare::Bare;
use crate::peers::Found;
use crate::peers::extism::Extism;
use crate::rounds::{Subject, measure};
use crate::samples::Samples;
use crate::table::{Outcome, Row, Section, Target, Unit};

/// Design: what the platform may cost beside bare wasmtime.
const WARM: Target = Target::AtMost(2.5);
const FRESH: Target = Target::AtMost(1.5);
const PAGE: Target = Target::AtMost(1.2);

/// Calls of the page with many.
const CALLS: usize = 100;

const FAST: &str = "bare wasmtime, fastest engine";
const DEFAULT: &str = "bare wasmtime, default engine";
const EXTISM: &str = "Extism 1.30";

pub(super) fn section(bench: &Bench, extism: &mut Found<Extism>) -> Result<Section> {
    let (fast, default) = (
        Bare::with_fast_engine(bench.platform.component())?,
        Bare::with_default_engine(bench.platform.component())?,
    );
    let warm = warm(bench, &fast, &default, extism)?;
    let fresh = fresh(bench, &fast, &default, extism)?;
    let mut rows = Vec::new();
    for (what, measured, target) in [
        ("warm call", &warm, WARM),
        ("fresh instance, call, drop", &fresh, FRESH),
    ] {
        let [ours, fast, default] = &measured.ours;
        rows.push(row(what, FAST, ours, fast, Some(target)));
        rows.push(row(what, DEFAULT, ours, default, None));
        rows.push(match &measured.extism {
            Ok(theirs) => row(what, EXTISM, ours, theirs, None),
            Err(how) => Row {
                what: what.to_owned(),
                peer: EXTISM.to_owned(),
                unit: Unit::Time,
                outcome: Outcome::Missing(how.clone()),
                target: None,
            },
        });
    }
    rows.push(page(bench)?);
    Ok(Section {
        title: "Calls",
        about: "The function of `examples/hello`: JSON in and out. GoatKit's figure is the whole \
                way through manager, session, deadline, limits and the check of the answer. Extism \
                runs the same function, compiled for it, on its own wasmtime.",
        rows,
    })
}

/// What was measured in the same rounds: GoatKit, the fastest engine, the default one; and Extism
/// where it is there.
struct Beside {
    ours: [Samples; 3],
    extism: Found<Samples>,
}

impl Beside {
    fn of(mut measured: Vec<Samples>, extism: &Found<Extism>) -> Result<Self> {
        let extism = match extism {
            Ok(_) => Ok(measured.pop().ok_or("Extism was not measured")?),
            Err(how) => Err(how.clone()),
        };
        let ours = <[Samples; 3]>::try_from(measured);
        let ours = ours.map_err(|_| "not everything was measured")?;
        Ok(Self { ours, extism })
    }
}

fn warm(bench: &Bench, fast: &Bare, default: &Bare, extism: &mut Found<Extism>) -> Result<Beside> {
    let session = bench.platform.session();
    let mut fast = bench.runtime.block_on(fast.instance())?;
    let mut default = bench.runtime.block_on(default.instance())?;
    let mut subjects = vec![
        Subject::new("GoatKit, warm", |times| {
            bench.timed(times, async || {
                black_box(bench.platform.call(&session).await?);
                Ok(())
            })
        }),
        Subject::new(FAST, |times| {
            bench.timed(times, async || {
                black_box(fast.call().await?);
                Ok(())
            })
        }),
        Subject::new(DEFAULT, |times| {
            bench.timed(times, async || {
                black_box(default.call().await?);
                Ok(())
            })
        }),
    ];
    if let Ok(extism) = &mut *extism {
        subjects.push(Subject::new(EXTISM, |times| extism.warm(times)));
    }
    let measured = measure(bench.plan, &mut subjects)?;
    drop(subjects);
    Beside::of(measured, extism)
}

fn fresh(bench: &Bench, fast: &Bare, default: &Bare, extism: &mut Found<Extism>) -> Result<Beside> {
    let bare = |name, engine| {
        Subject::new(name, move |times| {
            bench.timed(times, async || once(engine).await)
        })
    };
    let mut subjects = vec![
        Subject::new("GoatKit, fresh", |times| {
            bench.timed(times, async || first(bench).await)
        }),
        bare(FAST, fast),
        bare(DEFAULT, default),
    ];
    if let Ok(extism) = &mut *extism {
        subjects.push(Subject::new(EXTISM, |times| extism.fresh(times)));
    }
    let measured = measure(bench.plan, &mut subjects)?;
    drop(subjects);
    Beside::of(measured, extism)
}

/// The first call of a session, which makes an instance and drops it.
async fn first(bench: &Bench) -> Result<()> {
    let session = bench.platform.session();
    black_box(bench.platform.call(&session).await?);
    Ok(())
}

async fn once(engine: &Bare) -> Result<()> {
    let mut instance = engine.instance().await?;
    black_box(instance.call().await?);
    Ok(())
}

/// The page with a hundred calls, beside what it is made of: the same page without them, and the
/// same calls in a session of their own without a page.
fn page(bench: &Bench) -> Result<Row> {
    let rendered = |name: &'static str| {
        Subject::new(name, move |times| {
            bench.timed(times, async || {
                black_box(bench.platform.page(name).await?);
                Ok(())
            })
        })
    };
    let mut subjects = [
        rendered("page100.html"),
        rendered("page0.html"),
        Subject::new("the calls of a page", |times| {
            bench.timed(times, async || {
                let session = bench.platform.session();
                for _ in 0..CALLS {
                    black_box(bench.platform.call(&session).await?);
                }
                Ok(())
            })
        }),
    ];
    let measured = measure(bench.plan, &mut subjects)?;
    let [page, empty, calls] = &measured[..] else {
        return Err("not every part of a page was measured".into());
    };
    let parts = empty.plus(calls);
    let what = "page with 100 calls";
    let peer = "its parts: the page without them, 100 calls of one session";
    Ok(row(what, peer, page, &parts, Some(PAGE)))
}
