//! A host that is killed, as a process: the test runs itself once more as that host.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::*;

/// Where the host that is to be killed finds its data folder.
const DATA: &str = "GOATKIT_TEST_KILLED_HOST";

/// What it says in the middle of a run.
const RUNS: &str = "it runs";

/// Killed when it is dropped, also by a test that fails.
struct Doomed(Child);

impl Drop for Doomed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the other process is. Does nothing as a test.
#[tokio::test]
async fn the_host_that_is_killed() {
    let Some(data) = std::env::var_os(DATA) else {
        return;
    };
    let mut world = World::on(Path::new(&data));
    world.plugin("stats", vec![job("report", "0 * * * *", 0)]);
    let manager = world.host("killed").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    world.clock.advance(30 * MINUTE);
    scheduler.turn().await;
    let going = world.next().await;
    println!("{RUNS} {}", going.run.id);
    // Until it is killed, or whoever started it is gone.
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}

#[tokio::test]
async fn a_host_that_is_killed_in_the_middle_of_a_run_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "jobs::tests::kill::the_host_that_is_killed",
            "--nocapture",
        ])
        .env(DATA, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = Doomed(child.unwrap());
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let says = lines.find_map(|line| {
        let line = line.unwrap();
        let (_, id) = line.split_once(RUNS)?;
        Some(id.trim().to_owned())
    });
    let id = says.unwrap();

    let mut world = World::on(folder.path());
    world.plugin("stats", vec![job("report", "0 * * * *", 0)]);
    let manager = world.host("b").await;
    let mut scheduler = Driven::of(&manager);
    world.clock.advance(30 * MINUTE);
    scheduler.turn().await;
    assert!(world.try_next().is_none(), "the other host has it");
    assert!(only(&manager).await.running_since.is_some());
    drop(child);
    for _ in 0..2 {
        world.clock.advance(MINUTE);
        scheduler.turn().await;
    }
    let again = world.next().await;
    assert_eq!((again.host, again.due(), again.run.attempt), ("b", 30, 2));
    assert_eq!(again.run.id, id);
    again.ok();
    scheduler.end().await;
    assert!(world.try_next().is_none());
}
