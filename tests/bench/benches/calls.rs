//! What a call, a fresh instance and a page cost, beside bare wasmtime in the same run.

use std::hint::black_box;
use std::path::PathBuf;

use criterion::Criterion;
use goatkit_bench::Result;
use goatkit_bench::bare::Bare;
use goatkit_bench::platform::Platform;
use goatkit_bench::report::{self, Medians};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let platform = runtime.block_on(Platform::start())?;
    let folder = tempfile::tempdir()?;
    let mut criterion = Criterion::default()
        .configure_from_args()
        .output_directory(folder.path());
    warm_calls(&mut criterion, &runtime, &platform)?;
    fresh_instances(&mut criterion, &runtime, &platform)?;
    pages(&mut criterion, &runtime, &platform);
    criterion.final_summary();
    print_table(folder.path().to_owned())
}

fn warm_calls(criterion: &mut Criterion, runtime: &Runtime, platform: &Platform) -> Result<()> {
    let mut group = criterion.benchmark_group("call");
    let engines = [
        (
            "bare_default_engine",
            Bare::with_default_engine(platform.component())?,
        ),
        ("bare", Bare::with_fast_engine(platform.component())?),
    ];
    for (name, bare) in &engines {
        let warm = Mutex::new(runtime.block_on(bare.instance())?);
        let warm = &warm;
        group.bench_function(*name, |bencher| {
            bencher.to_async(runtime).iter(|| async move {
                black_box(warm.lock().await.call().await.expect("the guest answers"))
            });
        });
    }
    let session = platform.session();
    group.bench_function("goatkit", |bencher| {
        bencher.to_async(runtime).iter(|| async {
            black_box(platform.call(&session).await.expect("the guest answers"))
        });
    });
    group.finish();
    Ok(())
}

fn fresh_instances(
    criterion: &mut Criterion,
    runtime: &Runtime,
    platform: &Platform,
) -> Result<()> {
    let mut group = criterion.benchmark_group("fresh");
    let engines = [
        (
            "bare_default_engine",
            Bare::with_default_engine(platform.component())?,
        ),
        ("bare", Bare::with_fast_engine(platform.component())?),
    ];
    for (name, bare) in &engines {
        group.bench_function(*name, |bencher| {
            bencher.to_async(runtime).iter(|| async {
                let mut instance = bare.instance().await.expect("an instance");
                black_box(instance.call().await.expect("the guest answers"))
            });
        });
    }
    group.bench_function("goatkit", |bencher| {
        bencher.to_async(runtime).iter(|| async {
            let session = platform.session();
            black_box(platform.call(&session).await.expect("the guest answers"))
        });
    });
    group.finish();
    Ok(())
}

fn pages(criterion: &mut Criterion, runtime: &Runtime, platform: &Platform) {
    let mut group = criterion.benchmark_group("page");
    for page in ["page0.html", "page1.html", "page100.html"] {
        group.bench_function(page, |bencher| {
            bencher
                .to_async(runtime)
                .iter(|| async { black_box(platform.page(page).await.expect("the page renders")) });
        });
    }
    group.finish();
}

/// Nothing is printed where a filter left something out.
fn print_table(folder: PathBuf) -> Result<()> {
    let medians = Medians(&folder);
    let Ok(bare) = medians.of("call", "bare") else {
        return Ok(());
    };
    let call = medians.of("call", "goatkit")?;
    let page = |name| medians.of("page", name);
    report::head();
    report::row("warm call, beside bare wasmtime", call, bare, "≤ 2.5");
    let default = medians.of("call", "bare_default_engine")?;
    report::row(
        "warm call, beside bare with the default engine",
        call,
        default,
        "",
    );
    let fresh = medians.of("fresh", "goatkit")?;
    report::row(
        "fresh instance, call, drop",
        fresh,
        medians.of("fresh", "bare")?,
        "≤ 1.5",
    );
    let default = medians.of("fresh", "bare_default_engine")?;
    report::row("the same, beside the default engine", fresh, default, "");
    let first = fresh - call;
    let sum = page("page0.html")? + first + 100.0 * call;
    report::row(
        "page with 100 calls, beside its parts",
        page("page100.html")?,
        sum,
        "≤ 1.2",
    );
    report::row(
        "page with 1 call, beside the page without",
        page("page1.html")?,
        page("page0.html")?,
        "",
    );
    Ok(())
}
