//! Many callers at once, each in a session of its own, beside as many instances of bare wasmtime.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{Bench, row};
use crate::Result;
use crate::bare::Bare;
use crate::rounds::{Subject, measure};
use crate::site::{MOST_CALLERS, Site};
use crate::table::Section;

/// How many at once.
const CALLERS: [usize; 4] = [1, 4, 16, MOST_CALLERS];

pub(super) fn section(bench: &Bench) -> Result<Section> {
    let bare = Arc::new(Bare::with_fast_engine(bench.platform.component())?);
    let mut rows = Vec::new();
    for callers in CALLERS {
        let mut subjects = [
            Subject::new("GoatKit, many callers", |times| {
                let site = Arc::clone(&bench.site);
                crowd(bench, callers, times, move |calls| {
                    through_the_platform(Arc::clone(&site), calls)
                })
            }),
            Subject::new("bare wasmtime, many callers", |times| {
                let bare = Arc::clone(&bare);
                crowd(bench, callers, times, move |calls| {
                    through_wasmtime(Arc::clone(&bare), calls)
                })
            }),
        ];
        let measured = measure(bench.plan, &mut subjects)?;
        let what = match callers {
            1 => "1 caller".to_owned(),
            many => format!("{many} callers"),
        };
        let peer = "bare wasmtime, fastest engine";
        rows.push(row(&what, peer, &measured[0], &measured[1], None));
    }
    Ok(Section {
        title: "Callers",
        about: "The time of one call, by all callers together: on a machine of more cores than \
                callers it falls with each caller more. A caller makes an instance, then calls it \
                again and again.",
        rows,
    })
}

/// Lets so many callers do `times` calls together.
fn crowd<F>(bench: &Bench, callers: usize, times: u64, calls: impl Fn(u64) -> F) -> Result<Duration>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    // As many for each: a few more than were asked for, which the time is made smaller for.
    let each = times.div_ceil(callers as u64);
    let all = each * callers as u64;
    let took = bench.runtime.block_on(async {
        let begin = Instant::now();
        let mut crowd = JoinSet::new();
        for _ in 0..callers {
            crowd.spawn(calls(each));
        }
        while let Some(done) = crowd.join_next().await {
            done??;
        }
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(begin.elapsed())
    })?;
    Ok(took.mul_f64(times as f64 / all as f64))
}

async fn through_the_platform(site: Arc<Site>, calls: u64) -> Result<()> {
    let session = site.session();
    for _ in 0..calls {
        black_box(site.call(&session).await?);
    }
    Ok(())
}

async fn through_wasmtime(bare: Arc<Bare>, calls: u64) -> Result<()> {
    let mut instance = bare.instance().await?;
    for _ in 0..calls {
        black_box(instance.call().await?);
    }
    Ok(())
}
