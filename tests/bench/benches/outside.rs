//! What reaching out costs: the cache through a guest beside moka, a request through a guest
//! beside the same client used directly, and how many jobs one scheduler runs in a second.

use std::hint::black_box;
use std::time::Instant;

use criterion::Criterion;
use goatkit_bench::Result;
use goatkit_bench::outside::{JOBS, Outside, READS};
use goatkit_bench::report::{self, Medians};
use tokio::runtime::Runtime;

/// Minutes of jobs that are measured.
const MINUTES: u32 = 10;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outside = runtime.block_on(Outside::start())?;
    let folder = tempfile::tempdir()?;
    let mut criterion = Criterion::default()
        .configure_from_args()
        .output_directory(folder.path());
    cache(&mut criterion, &runtime, &outside);
    requests(&mut criterion, &runtime, &outside)?;
    criterion.final_summary();
    let medians = Medians(folder.path());
    let Ok(moka) = medians.of("cache", "moka") else {
        return Ok(());
    };
    report::head();
    let reads = f64::from(READS);
    let guest = medians.of("cache", "guest")? / reads;
    report::row(
        "cache.get through a guest, beside moka",
        guest,
        moka / reads,
        "",
    );
    let (guest, hyper) = (medians.of("http", "guest")?, medians.of("http", "hyper")?);
    report::row(
        "http request through a guest, beside hyper",
        guest,
        hyper,
        "",
    );
    let jobs = runtime.block_on(jobs_per_second(&outside))?;
    println!("\njobs per second through one scheduler: {jobs:.0}");
    Ok(())
}

fn cache(criterion: &mut Criterion, runtime: &Runtime, outside: &Outside) {
    let mut group = criterion.benchmark_group("cache");
    group.bench_function("moka", |bencher| {
        bencher.iter(|| black_box(outside.cache_through_moka()));
    });
    let session = outside.session();
    group.bench_function("guest", |bencher| {
        bencher.to_async(runtime).iter(|| async {
            black_box(
                outside
                    .cache_through_a_guest(&session)
                    .await
                    .expect("values"),
            )
        });
    });
    group.finish();
}

fn requests(criterion: &mut Criterion, runtime: &Runtime, outside: &Outside) -> Result<()> {
    let mut group = criterion.benchmark_group("http");
    let mut connection = runtime.block_on(outside.connection())?;
    group.bench_function("hyper", |bencher| {
        bencher.iter(|| {
            let answer = outside.request_through_hyper(&mut connection);
            black_box(runtime.block_on(answer).expect("an answer"))
        });
    });
    let session = outside.session();
    group.bench_function("guest", |bencher| {
        bencher.iter(|| {
            let answer = outside.request_through_a_guest(&session);
            black_box(runtime.block_on(answer).expect("an answer"))
        });
    });
    group.finish();
    Ok(())
}

async fn jobs_per_second(outside: &Outside) -> Result<f64> {
    outside.plan_jobs().await?;
    let _running = outside.scheduler();
    // The first minute loads the plugin.
    outside.minute_of_jobs().await?;
    let begin = Instant::now();
    for _ in 0..MINUTES {
        outside.minute_of_jobs().await?;
    }
    let jobs = f64::from(MINUTES) * f64::from(u32::try_from(JOBS)?);
    Ok(jobs / begin.elapsed().as_secs_f64())
}
