//! The way to a host for those who administer it: its API on a socket in the data folder
//! that only the host's own user can open.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

use axum::Router;
use goatkit_web::AdminState;
use tokio::net::UnixListener;

use crate::seat::{Seat, reached};

/// Listens until it is dropped.
pub(crate) struct Admin {
    seat: Seat,
    task: tokio::task::JoinHandle<()>,
}

impl Admin {
    /// Listens for administrators of the folder that one sits on.
    pub(crate) fn listen(seat: Seat, state: AdminState) -> io::Result<Self> {
        let socket = seat.socket();
        if let Some(folder) = socket.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
            // One that was there already may be open to others.
            fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        }
        // Whoever sat here before has left without a word.
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let (_folder, reached) = reached(&socket)?;
        let listener = UnixListener::bind(reached)?;
        let router: Router = goatkit_web::admin_router(state);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("nobody listens for administrators any more: {error}");
            }
        });
        Ok(Self { seat, task })
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.task.abort();
        // A socket that nobody listens on is found to be one.
        let _ = fs::remove_file(self.seat.socket());
    }
}
