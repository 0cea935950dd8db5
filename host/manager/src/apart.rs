//! Away from the threads that serve: where whatever reads and writes files belongs that an
//! administrator asks for. What loads a plugin has its own way, see `unit`.

use std::sync::Arc;

use crate::manager::Manager;

impl Manager {
    /// Does what blocks on a thread that may. It is done to its end, whoever waits for it.
    pub async fn apart<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Arc<Self>) -> T + Send + 'static,
    ) -> T {
        let manager = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&manager)).await {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}
