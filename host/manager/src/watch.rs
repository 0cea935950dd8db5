//! Watches `plugins/`, so that a package that is dropped there, replaced or removed counts
//! without a restart.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify_debouncer_mini::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{DebounceEventResult, Debouncer, new_debouncer};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::error::ManagerError;
use crate::manager::Manager;

/// How long `plugins/` must be quiet before it is read: a copied file comes in pieces.
const QUIET: Duration = Duration::from_millis(200);

/// Watches until it is dropped.
pub struct Watch {
    _debouncer: Debouncer<RecommendedWatcher>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Reads `plugins/` again whenever something changed there. Must be called within a
    /// runtime.
    ///
    /// # Errors
    /// [`ManagerError::Watch`] when the system does not let the folder be watched.
    pub fn start(manager: &Arc<Manager>) -> Result<Self, ManagerError> {
        let folder = manager.plugins_folder();
        let changed = Arc::new(Notify::new());
        let watched = |source| ManagerError::Watch {
            path: folder.clone(),
            source,
        };
        let mut debouncer = new_debouncer(QUIET, {
            let changed = Arc::clone(&changed);
            move |events: DebounceEventResult| {
                if events.is_ok_and(|events| events.iter().any(|event| matters(&event.path))) {
                    changed.notify_one();
                }
            }
        })
        .map_err(watched)?;
        let mode = match manager.serves_folders() {
            true => RecursiveMode::Recursive,
            false => RecursiveMode::NonRecursive,
        };
        debouncer.watcher().watch(&folder, mode).map_err(watched)?;
        let manager = Arc::downgrade(manager);
        let task = tokio::spawn(async move {
            loop {
                changed.notified().await;
                let Some(manager) = manager.upgrade() else {
                    return;
                };
                manager.refresh().await;
                manager.register_all().await;
            }
        });
        Ok(Self {
            _debouncer: debouncer,
            task,
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Builds write into `target` and `dist` all the time, and editors into hidden files.
fn matters(path: &Path) -> bool {
    path.components().all(|part| {
        let name = part.as_os_str().as_encoded_bytes();
        name != b"target" && name != b"dist"
    }) && !path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}
