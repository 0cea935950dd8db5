//! TEMPORARY until the real one is merged.
#![allow(missing_docs, dead_code)]
use crate::grants::{Rule, Rules};
use crate::*;
use goatkit_package::PluginName;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::SystemTime;
pub type Counter = Arc<AtomicU64>;
#[derive(Clone, Default)]
pub struct Uses;
impl Uses {
    pub fn counter(&self, _: &PluginName, _: &Rule) -> Counter {
        Counter::default()
    }
    pub fn flush(&self, _: &PlatformDb, _: SystemTime) -> Result<(), PlatformError> {
        Ok(())
    }
    pub fn read(_: &PlatformDb) -> Result<Vec<Used>, PlatformError> {
        Ok(Vec::new())
    }
}
pub struct Used;
pub struct AuditLog;
impl AuditLog {
    pub fn open(_: &Path, _: Arc<dyn Clock>) -> std::io::Result<Arc<Self>> {
        Ok(Arc::new(Self))
    }
    pub fn none() -> Arc<Self> {
        Arc::new(Self)
    }
    pub fn flush(&self) {}
    pub fn read(_: &Path, _: Option<&PluginName>, _: usize) -> std::io::Result<Vec<AuditLine>> {
        Ok(Vec::new())
    }
}
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct AuditLine {
    pub time: String,
    pub plugin: String,
    pub capability: String,
    pub asked: String,
    pub remedy: String,
    pub times: u64,
}
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Report;
pub fn report(_: &[(PluginName, Rules, Rules)], _: &[Used]) -> Report {
    Report
}
#[derive(Clone)]
pub struct Auditor(PluginName);
impl Auditor {
    pub fn new(p: PluginName, _: Arc<AuditLog>) -> Self {
        Self(p)
    }
    pub fn plugin(&self) -> &PluginName {
        &self.0
    }
    pub fn heard<T>(&self, _: &Scope, r: Result<T, Fault>) -> Result<T, Fault> {
        r
    }
}
