//! The pool of memories and tables: what it has no room for runs beside it, and nobody is told
//! that it is full.

use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, Use, guest, with_module};
use serde_json::json;
use wasm_encoder::{MemorySection, MemoryType, Module};

fn pool(pool: u32) -> HostSettings {
    HostSettings {
        pool,
        ..HostSettings::default()
    }
}

/// `good` with a module more that has so many memories.
fn with_memories(memories: u32) -> Package {
    Package::new("good", and_memories(&guest("good"), memories))
}

fn and_memories(component: &[u8], memories: u32) -> Vec<u8> {
    let mut section = MemorySection::new();
    for _ in 0..memories {
        section.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
    }
    let mut module = Module::new();
    module.section(&section);
    with_module(component, &module.finish(), Use::Instantiated)
}

async fn answers(host: &TestHost) {
    let sessions: Vec<_> = (0..12).map(|_| host.session()).collect();
    for round in 0..2 {
        // Each session keeps its instance until its end.
        for session in &sessions {
            let answer = host.call_in(session, "good", "count", json!([])).await;
            assert_eq!(answer.unwrap(), round + 1);
        }
    }
    host.expect_sibling().await;
    drop(sessions);
    let answer = host.call("good", "echo", json!(["a"])).await.unwrap();
    assert_eq!(answer, json!("a"));
}

#[tokio::test]
async fn more_instances_than_the_pool_holds_all_answer() {
    let good = Package::of_guest("good").line("limits: { instances: 16 }");
    let data = DataFolder::with(&[good]);
    answers(&TestHost::with(&data, &pool(3))).await;
    assert_eq!(data.compiled().len(), 2, "code is the same beside the pool");
}

#[tokio::test]
async fn what_has_more_memories_than_a_module_of_the_pool_runs_beside_it() {
    let many = with_memories(9).line("limits: { instances: 16 }");
    answers(&TestHost::on(&DataFolder::with(&[many]))).await;
}

#[tokio::test]
async fn what_takes_more_than_the_whole_pool_runs_beside_it() {
    let three = with_memories(3).line("limits: { instances: 16 }");
    answers(&TestHost::with(&DataFolder::with(&[three]), &pool(2))).await;
}

#[tokio::test]
async fn what_runs_beside_the_pool_keeps_its_limits() {
    let package = with_memories(9).line("limits: { memory: 1MiB }");
    let host = TestHost::on(&DataFolder::with(&[package]));
    let error = host.find("good").await.err().unwrap().to_string();
    assert!(error.contains("memory limit of 1048576 bytes"), "{error}");
    let memories = and_memories(&and_memories(&guest("good"), 60), 60);
    let host = TestHost::on(&DataFolder::with(&[Package::new("good", memories)]));
    let error = host.find("good").await.err().unwrap().to_string();
    assert!(error.contains("memory count"), "{error}");
    host.expect_sibling().await;
}
