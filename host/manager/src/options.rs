//! What a host may choose about its manager.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use goatkit_runtime::Ceilings;
use serde::{Deserialize, Serialize};

use crate::life::{OfThisProcess, Resident};

/// Longer than people take from one page to the next, and short enough that what is used once a
/// day takes no memory all day.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// Memory that every machine has on which an application serves people.
const BUDGET: u64 = 1 << 30;

/// Settings of a [`Manager`](crate::Manager).
#[derive(Debug, Clone)]
pub struct ManagerSettings {
    /// The data folder: packages in `plugins/`, the store and what is kept beside it.
    pub data: PathBuf,
    /// Whether unpacked folders in `plugins/` are served.
    pub dev: bool,
    /// The limits that plugins get by default and at most.
    pub ceilings: Ceilings,
    /// Sessions that may be in a plugin at the same time.
    pub sessions: usize,
    /// What of plugins stays in memory.
    pub memory: MemorySettings,
    /// How much of plugins is in force.
    pub mode: Mode,
}

/// How much of plugins is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// All that was granted.
    #[default]
    Usual,
    /// Hooks, jobs and whatever plugins show by themselves are left out: for a host that one of
    /// them keeps from working. What the application itself calls answers.
    Safe,
}

/// What of plugins stays in memory.
#[derive(Debug, Clone)]
pub struct MemorySettings {
    /// How long a plugin stays that nobody calls.
    pub idle: Duration,
    /// Bytes of memory that the host has before plugins go that were called longest ago.
    pub budget: u64,
    /// What tells how many it has.
    pub resident: Arc<dyn Resident>,
}

impl Default for MemorySettings {
    fn default() -> Self {
        Self {
            idle: IDLE,
            budget: BUDGET,
            resident: Arc::new(OfThisProcess),
        }
    }
}

impl ManagerSettings {
    /// The defaults, with data kept in `data`.
    pub fn new(data: PathBuf) -> Self {
        // Each session in a plugin holds an instance and its memory.
        Self {
            data,
            dev: false,
            ceilings: Ceilings::default(),
            sessions: 256,
            memory: MemorySettings::default(),
            mode: Mode::Usual,
        }
    }
}
