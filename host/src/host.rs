//! A host that runs.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use goatkit_capability::log::Ring;
use goatkit_manager::{Manager, Watch};
use goatkit_web::WebSettings;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::HostError;

/// How long requests that run get to end when the host stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Plugins, and the routes that show them.
pub struct Host {
    manager: Arc<Manager>,
    log: Arc<Ring>,
    router: Router,
}

impl Host {
    pub(crate) fn new(
        manager: Arc<Manager>,
        log: Arc<Ring>,
        web: WebSettings,
    ) -> Result<Self, HostError> {
        let path = web.templates.folder.clone();
        let router = goatkit_web::router(Arc::clone(&manager), web)
            .map_err(|source| HostError::Templates { path, source })?;
        Ok(Self {
            manager,
            log,
            router,
        })
    }

    /// The manager: to find plugins and to call them.
    pub fn manager(&self) -> &Arc<Manager> {
        &self.manager
    }

    /// The last lines that plugins logged.
    pub fn log(&self) -> &Arc<Ring> {
        &self.log
    }

    /// The routes: the plugins' pages, files and API.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves the routes until `stop` is done, then lets running requests end. What the
    /// plugins bring is learnt meanwhile, so that menus are complete soon; packages that
    /// come, change or go in `plugins/` count without a restart.
    ///
    /// # Errors
    /// What the listener says.
    pub async fn serve(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let manager = Arc::clone(&self.manager);
        // Ends with this future, however it ends.
        let mut learning = JoinSet::new();
        learning.spawn(async move { manager.register_all().await });
        let watch = Watch::start(&self.manager);
        if let Err(error) = &watch {
            tracing::warn!("{error}");
        }
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let stop = async move {
            stop.await;
            // Nobody listens any more if serving failed.
            let _ = stopping.send(());
        };
        let served = axum::serve(listener, self.router()).with_graceful_shutdown(stop);
        let late = async {
            match stopped.await {
                Ok(()) => tokio::time::sleep(DRAIN).await,
                Err(_) => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            ended = served => ended,
            () = late => {
                tracing::warn!("requests still run {DRAIN:?} after the stop; nobody waits for them");
                Ok(())
            }
        };
        ended
    }
}
