//! The audit log: rooms note denials here through their auditors, the manager has it flushed
//! and reads it. A call that is denied waits neither for the disk nor for another's denial.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goatkit_package::PluginName;

use super::file::{self, RotatedFile};
use super::gate::Gate;
use super::line::AuditLine;
use super::writer::Writer;
use crate::{Clock, Denial, Scope, SystemClock};

/// The folder below the data folder.
const FOLDER: &str = "audit";

/// What plugins were denied. Dropping it writes what is not written yet.
pub struct AuditLog {
    clock: Arc<dyn Clock>,
    gates: Mutex<BTreeMap<PluginName, Gate>>,
    /// None where nothing is kept.
    writer: Option<Writer>,
}

impl AuditLog {
    /// The log in `DATA/audit`. Makes the folder, which only its owner may enter, and starts
    /// the thread that writes.
    ///
    /// # Errors
    /// What the system says when the folder, the file or the thread cannot be made.
    pub fn open(data: &Path, clock: Arc<dyn Clock>) -> io::Result<Arc<Self>> {
        let file = RotatedFile::open(&data.join(FOLDER))?;
        Ok(Arc::new(Self {
            clock,
            gates: Mutex::default(),
            writer: Some(Writer::start(file)?),
        }))
    }

    /// A log that keeps nothing, for tests.
    pub fn none() -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::new(SystemClock),
            gates: Mutex::default(),
            writer: None,
        })
    }

    /// Notes that `plugin` was denied something.
    pub fn denied(&self, plugin: &PluginName, scope: &Scope, denial: &Denial) {
        let Some(writer) = &self.writer else {
            return;
        };
        let mut gates = self.gates();
        // Under the lock, so that no thread brings a time that is before another's.
        let now = self.clock.now();
        let line = AuditLine::of(plugin, scope, denial, now);
        let gate = gates.entry(plugin.clone()).or_default();
        for due in gate.note(line, now) {
            if let Some(unwritten) = writer.offer(due) {
                gate.lose(&unwritten);
            }
        }
    }

    /// Returns when all that was noted before is on the disk, or cannot be. Blocks.
    pub fn flush(&self) {
        let Some(writer) = &self.writer else {
            return;
        };
        // Not in one go: writing waits, and nobody's denial is to wait for that.
        let rest = self.rest();
        rest.into_iter().for_each(|line| writer.write(line));
        writer.flush();
    }

    /// Takes all lines of a plugin that is gone out. Blocks.
    ///
    /// # Errors
    /// What the system says when a file cannot be replaced.
    pub fn forget(&self, plugin: &PluginName) -> io::Result<()> {
        self.gates().remove(plugin);
        match &self.writer {
            Some(writer) => writer.forget(plugin),
            None => Ok(()),
        }
    }

    /// The last lines in a data folder, of one plugin or of all, oldest first; none if nothing
    /// was ever kept there. A line that is damaged is left out. Blocks.
    ///
    /// # Errors
    /// What the system says when a file cannot be read.
    pub fn read(
        data: &Path,
        filter: Option<&PluginName>,
        last: usize,
    ) -> io::Result<Vec<AuditLine>> {
        let about = |line: &AuditLine| filter.is_none_or(|plugin| *plugin == line.plugin);
        file::read(&data.join(FOLDER), about, last)
    }

    fn rest(&self) -> Vec<AuditLine> {
        let mut gates = self.gates();
        let now = self.clock.now();
        let mut rest = Vec::new();
        gates.retain(|plugin, gate| {
            rest.extend(gate.rest(plugin, now));
            !gate.is_idle(now)
        });
        rest
    }

    fn gates(&self) -> MutexGuard<'_, BTreeMap<PluginName, Gate>> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
mod tests;
