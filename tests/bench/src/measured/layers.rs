//! What each layer costs that lies between bare wasmtime and a request.

use std::hint::black_box;

use super::{Bench, row};
use crate::Result;
use crate::bare::Bare;
use crate::rounds::{Subject, measure};
use crate::site::WARM_ROUTE;
use crate::table::Section;

/// What every layer is held beside.
const BARE: &str = "bare wasmtime, fastest engine";

/// From the inside to the outside.
const LAYERS: [&str; 5] = [
    "bare",
    "+ limits: a clock to look at, memory and what passes are counted",
    "+ session: manager, check-out, deadline, lanes, figures",
    "+ JSON: the answer is read",
    "+ HTTP: a request through router and route, without a connection",
];

pub(super) fn section(bench: &Bench) -> Result<Section> {
    let component = bench.platform.component();
    let (bare, limited) = (
        Bare::with_fast_engine(component)?,
        Bare::with_limits(component)?,
    );
    let mut bare = bench.runtime.block_on(bare.instance())?;
    let mut limited = bench.runtime.block_on(limited.instance())?;
    let session = bench.platform.session();
    let mut subjects = [
        Subject::new(LAYERS[0], |times| {
            bench.timed(times, async || {
                black_box(bare.call().await?);
                Ok(())
            })
        }),
        Subject::new(LAYERS[1], |times| {
            bench.timed(times, async || {
                black_box(limited.call().await?);
                Ok(())
            })
        }),
        Subject::new(LAYERS[2], |times| {
            bench.timed(times, async || {
                black_box(bench.platform.call_unread(&session).await?);
                Ok(())
            })
        }),
        Subject::new(LAYERS[3], |times| {
            bench.timed(times, async || {
                black_box(bench.platform.call(&session).await?);
                Ok(())
            })
        }),
        Subject::new(LAYERS[4], |times| {
            bench.timed(times, async || {
                black_box(bench.site.ask(WARM_ROUTE).await?);
                Ok(())
            })
        }),
    ];
    let measured = measure(bench.plan, &mut subjects)?;
    let layers = LAYERS.iter().zip(&measured).skip(1);
    Ok(Section {
        title: "Layers",
        about: "A warm call, with one layer more in each line. The last one is a route of a plugin \
                that keeps its instances, which answers a text instead of calculating something.",
        rows: layers
            .map(|(layer, cost)| row(layer, BARE, cost, &measured[0], None))
            .collect(),
    })
}
