//! What the rooms cost: the permission check of each capability, and a query through a guest
//! beside the same query through sqlx, in the same run.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use criterion::Criterion;
use goatkit_bench::Result;
use goatkit_bench::desk::{Desk, QUERY};
use goatkit_bench::report::{self, Medians};
use goatkit_capability::app;
use goatkit_capability::audit::{AuditLog, Auditor, Uses};
use goatkit_capability::db::{DbGrant, Force, SQLITE, check};
use goatkit_capability::grants::{Powers, Rule};
use goatkit_package::PluginName;
use tokio::runtime::Runtime;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let desk = runtime.block_on(Desk::start())?;
    let folder = tempfile::tempdir()?;
    let mut criterion = Criterion::default()
        .configure_from_args()
        .output_directory(folder.path());
    checks(&mut criterion, &desk)?;
    queries(&mut criterion, &runtime, &desk);
    criterion.final_summary();
    let medians = Medians(folder.path());
    let Ok(sqlx) = medians.of("query", "sqlx") else {
        return Ok(());
    };
    report::head();
    let guest = medians.of("query", "guest")?;
    report::row(
        "one-row query through a guest, beside sqlx",
        guest,
        sqlx,
        "",
    );
    let room = medians.of("query", "room")?;
    report::row("the same through the room alone", room, sqlx, "");
    println!("\n| permission check | GoatKit | target |\n|---|---|---|");
    for name in ["db", "db_new_statement", "app", "switch"] {
        let time = report::time(medians.of("check", name)?);
        let target = if name == "db_new_statement" {
            ""
        } else {
            "≤ 2 µs"
        };
        println!("| {name} | {time} | {target} |");
    }
    Ok(())
}

fn checks(criterion: &mut Criterion, desk: &Desk) -> Result<()> {
    let mut group = criterion.benchmark_group("check");
    let plugin = PluginName::parse("db-denied")?;
    let grant = DbGrant::parse(&plugin, &desk.grant()).map_err(|problems| problems.join("; "))?;
    let force = Force::new(grant.clone());
    group.bench_function("db", |bencher| {
        bencher.iter(|| black_box(force.checked(&SQLITE, QUERY)).is_ok());
    });
    group.bench_function("db_new_statement", |bencher| {
        bencher.iter(|| {
            let statement = check(&SQLITE, QUERY).expect("the policy knows it");
            let mut accesses = statement.accesses.iter();
            black_box(accesses.all(|access| grant.permits(access).is_ok()))
        });
    });
    let granted = app::Granted::none();
    granted.set(vec![("ticket.*".to_owned(), Arc::new(AtomicU64::new(0)))]);
    group.bench_function("app", |bencher| {
        bencher.iter(|| black_box(granted.permits("ticket.create")).is_ok());
    });
    let powers = Powers::none(Auditor::new(plugin, AuditLog::none()), Uses::default());
    powers.set([Rule::new("ticketing", "use")].into());
    let scope = desk.scope();
    group.bench_function("switch", |bencher| {
        bencher.iter(|| black_box(powers.permits(&scope, "ticketing")).is_ok());
    });
    group.finish();
    Ok(())
}

fn queries(criterion: &mut Criterion, runtime: &Runtime, desk: &Desk) {
    let mut group = criterion.benchmark_group("query");
    group.bench_function("sqlx", |bencher| {
        bencher
            .to_async(runtime)
            .iter(|| async { black_box(desk.through_sqlx().await.expect("a row")) });
    });
    group.bench_function("room", |bencher| {
        bencher
            .to_async(runtime)
            .iter(|| async { black_box(desk.through_the_room().await.expect("a row")) });
    });
    let session = desk.session();
    group.bench_function("guest", |bencher| {
        bencher
            .to_async(runtime)
            .iter(|| async { black_box(desk.through_a_guest(&session).await.expect("a row")) });
    });
    group.finish();
}
