//! Watches `plugins/`, so that a package that is dropped there, replaced or removed counts
//! without a restart.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher, recommended_watcher};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::error::ManagerError;
use crate::manager::Manager;

/// How long `plugins/` must be quiet before it is read: a copied file comes in pieces.
const QUIET: Duration = Duration::from_millis(200);

/// Watches until it is dropped.
pub struct Watch {
    _watcher: RecommendedWatcher,
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
        let mut watcher = recommended_watcher({
            let (folder, changed) = (folder.clone(), Arc::clone(&changed));
            move |event: notify::Result<Event>| {
                // What went wrong may have hidden a change.
                if event.map_or(true, |event| matters(&folder, &event)) {
                    changed.notify_one();
                }
            }
        })
        .map_err(watched)?;
        let mode = match manager.serves_folders() {
            true => RecursiveMode::Recursive,
            false => RecursiveMode::NonRecursive,
        };
        watcher.watch(&folder, mode).map_err(watched)?;
        // Something may have changed since the folder was read.
        changed.notify_one();
        let manager = Arc::downgrade(manager);
        let task = tokio::spawn(async move {
            loop {
                changed.notified().await;
                while timeout(QUIET, changed.notified()).await.is_ok() {}
                let Some(manager) = manager.upgrade() else {
                    return;
                };
                manager.refresh().await;
                manager.register_all().await;
                manager.load_pinned().await;
            }
        });
        Ok(Self {
            _watcher: watcher,
            task,
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether an event changes what is there. Reading does not, or each look would bring the
/// next.
fn matters(folder: &Path, event: &Event) -> bool {
    let changes = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    };
    let of_a_package = |path: &std::path::PathBuf| is_of_a_package(folder, path);
    changes && (event.need_rescan() || event.paths.iter().any(of_a_package))
}

/// Builds write into `target` and `dist` all the time, and editors into hidden files.
fn is_of_a_package(folder: &Path, path: &Path) -> bool {
    let within = path.strip_prefix(folder).unwrap_or(path);
    within.components().all(|part| {
        let name = part.as_os_str().as_encoded_bytes();
        name != b"target" && name != b"dist" && !name.starts_with(b".")
    })
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, Flag, ModifyKind};

    use super::*;

    #[test]
    fn reading_is_no_change() {
        let check = |kind, path: &str, expect| {
            let event = Event::new(kind).add_path(path.into());
            assert_eq!(
                matters(Path::new("/srv/dist/plugins"), &event),
                expect,
                "{event:?}"
            );
        };
        let zip = "/srv/dist/plugins/a.zip";
        check(EventKind::Create(CreateKind::File), zip, true);
        check(EventKind::Modify(ModifyKind::Any), zip, true);
        check(
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
            zip,
            true,
        );
        check(
            EventKind::Access(AccessKind::Open(AccessMode::Read)),
            zip,
            false,
        );
        check(
            EventKind::Access(AccessKind::Close(AccessMode::Read)),
            zip,
            false,
        );
        let modified = EventKind::Modify(ModifyKind::Any);
        check(modified, "/srv/dist/plugins/a/target/x", false);
        check(modified, "/srv/dist/plugins/.a.zip.swp", false);
    }

    #[test]
    fn what_was_missed_counts_as_a_change() {
        let missed = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(matters(Path::new("/srv/plugins"), &missed));
    }
}
