//! A host that runs.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use goatkit_capability::log::Ring;
use goatkit_manager::{HookAnswer, Manager, Saved, Watch};
use goatkit_people::{Accounts, PeopleError, Tokens};
use goatkit_web::{AdminSiteSettings, AdminState, Pages, WebSettings};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tower::ServiceExt;

use crate::HostError;
use crate::admin::Admin;
use crate::seat::{Seat, SeatError};

/// How long requests and jobs that run get to end when the host stops: as long as most that start
/// programs wait before they kill them.
const DRAIN: Duration = Duration::from_secs(10);

/// What of that is left for jobs at the least, when requests have used it up.
const LEAST: Duration = Duration::from_secs(2);

/// How often what was counted is written down: so much may be lost in a crash.
const BOOKKEEPING: Duration = Duration::from_secs(60);

/// Plugins, and the routes that show them.
pub struct Host {
    pub(crate) data: PathBuf,
    pub(crate) admin: AdminState,
    pub(crate) admin_site: AdminSiteSettings,
    log: Arc<Ring>,
    router: Router,
    pages: Pages,
}

impl Host {
    pub(crate) fn new(
        data: PathBuf,
        admin: AdminState,
        admin_site: AdminSiteSettings,
        log: Arc<Ring>,
        web: WebSettings,
    ) -> Result<Self, HostError> {
        let path = web.templates.folder.clone();
        let (router, pages) = goatkit_web::router(Arc::clone(&admin.manager), web)
            .map_err(|source| HostError::Templates { path, source })?;
        Ok(Self {
            data,
            admin,
            admin_site,
            log,
            router,
            pages,
        })
    }

    /// The manager: to find plugins and to call them.
    pub fn manager(&self) -> &Arc<Manager> {
        &self.admin.manager
    }

    /// The built-in people; none where the application brings its own.
    pub fn accounts(&self) -> Option<&Accounts> {
        self.admin.accounts.as_ref()
    }

    /// The tokens by which programs administer this host.
    pub fn tokens(&self) -> &Tokens {
        &self.admin.tokens
    }

    /// The last lines that plugins logged.
    pub fn log(&self) -> &Arc<Ring> {
        &self.log
    }

    /// For an application that answers requests of its own: shows its templates as the host
    /// does, with menus, widgets and what plugins have to say.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// Tells plugins that the application has saved something: their hooks `after_save` run, for
    /// whoever saved it. Answers when all have; an application that does not wait spawns it.
    /// What went wrong in them stands in their logs as well.
    pub async fn saved(&self, saved: Saved) -> Vec<HookAnswer> {
        self.manager().saved(saved).await
    }

    /// The routes: the plugins' pages, files and API.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Answers a request of an administrator's, as the host does on its socket while it is
    /// attended.
    pub async fn administer(&self, request: Request<Body>) -> Response<Body> {
        let router = goatkit_web::admin_router(self.admin.clone());
        match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Does what a host does besides answering requests, until the answer is dropped: learns
    /// what the plugins bring, so that menus are complete soon; takes in packages that come,
    /// change or go in `plugins/`; runs jobs when they are due; listens for administrators;
    /// writes down what is counted.
    /// For an application that serves [`Host::router`] by itself; [`Attended::leave`] ends it.
    ///
    /// # Errors
    /// [`AttendError`]: another host works on the data folder, or the folder cannot be used.
    pub async fn attend(&self) -> Result<Attended, AttendError> {
        let seat = Seat::take(&self.data).await?;
        let admin = Admin::listen(seat, self.admin.clone()).map_err(AttendError::Socket)?;
        let manager = self.manager();
        // Somebody else may have decided something between reading and sitting down.
        manager.reconsider().await;
        if let Some(accounts) = self.accounts() {
            accounts.reread().await?;
        }
        self.tokens().reread().await?;
        let watch = Watch::start(manager);
        if let Err(error) = &watch {
            tracing::warn!("{error}");
        }
        let mut tasks = JoinSet::new();
        let registering = Arc::clone(manager);
        tasks.spawn(async move {
            registering.register_all().await;
            registering.load_pinned().await;
        });
        tasks.spawn(manager.run_jobs());
        tasks.spawn(manager.run_events());
        tasks.spawn(manager.run_keeper());
        let keeping = Arc::clone(manager);
        tasks.spawn(async move {
            let mut times = interval(BOOKKEEPING);
            times.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                times.tick().await;
                keeping.keep_books().await;
            }
        });
        Ok(Attended {
            manager: Arc::clone(manager),
            router: self.router(),
            admin_site: None,
            _admin: admin,
            _watch: watch.ok(),
            _tasks: tasks,
        })
    }

    /// Serves the routes until `stop` is done, then lets running requests end. The host is
    /// attended meanwhile, see [`Host::attend`].
    ///
    /// # Errors
    /// What the listener says, or why the host cannot be attended.
    pub async fn serve(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), AttendError> {
        self.attend().await?.serve(listener, stop).await
    }
}

/// A host that is attended, until this is dropped.
pub struct Attended {
    manager: Arc<Manager>,
    router: Router,
    /// Where the site for administrators is served, and what that is.
    pub(crate) admin_site: Option<(TcpListener, Router)>,
    _admin: Admin,
    _watch: Option<Watch>,
    _tasks: JoinSet<()>,
}

impl Attended {
    /// Serves the host's routes until `stop` is done, then lets running requests end.
    ///
    /// # Errors
    /// [`AttendError::Serve`] with what the listener says.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), AttendError> {
        let router = self.router.clone();
        self.serve_with(listener, router, stop).await
    }

    /// The same with the application's own routes around the host's.
    ///
    /// # Errors
    /// As [`Attended::serve`].
    pub async fn serve_with(
        mut self,
        listener: TcpListener,
        router: Router,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), AttendError> {
        let (stopping, stopped) = watch::channel(false);
        let application = served(listener, router, stopped.clone());
        let admin_site = self.admin_site.take();
        let admin_site = async {
            match admin_site {
                Some((listener, router)) => served(listener, router, stopped).await,
                None => Ok(()),
            }
        };
        // When all has to have ended.
        let end = OnceLock::new();
        let late = async {
            stop.await;
            let end = *end.get_or_init(|| Instant::now() + DRAIN);
            // Whoever listens for events would else keep his request for ever.
            self.manager.begin_to_stop();
            // Nobody listens any more if serving failed.
            let _ = stopping.send(true);
            tokio::time::sleep_until(end).await;
        };
        let ended = tokio::select! {
            ended = async { tokio::try_join!(application, admin_site) } => ended.map(drop),
            () = late => {
                tracing::warn!("requests still run {DRAIN:?} after the stop; nobody waits for them");
                Ok(())
            }
        };
        let end = end.into_inner().unwrap_or_else(|| Instant::now() + DRAIN);
        self.left_by(end).await;
        ended.map_err(AttendError::Serve)
    }

    /// Ends it: jobs that run may end for some seconds and are then left to another host, plugins
    /// go out of memory, and what was counted last is written down. One that is only dropped
    /// loses up to a minute of that, and its jobs are started again a minute later.
    pub async fn leave(self) {
        self.left_by(Instant::now() + DRAIN).await;
    }

    /// Jobs get what the requests have left of the time; never less than it takes to write down
    /// what becomes of them.
    async fn left_by(self, end: Instant) {
        let left = end.saturating_duration_since(Instant::now());
        self.manager.shut_down(left.max(LEAST)).await;
        self.manager.keep_books().await;
    }
}

/// Serves until it is told to stop, then lets running requests end.
async fn served(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let stop = async move {
        // Whoever would tell it to stop is gone, and so is what it serves for.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await
}

/// Why a host is not attended, or does not serve.
#[derive(Debug, thiserror::Error)]
pub enum AttendError {
    /// The data folder is another's, or cannot be used.
    #[error(transparent)]
    Seat(#[from] SeatError),
    /// What was changed about people cannot be read.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The administrators' socket cannot be made.
    #[error("cannot listen for administrators in `run/` of the data folder: {0}")]
    Socket(io::Error),
    /// The listener failed.
    #[error("serving broke off: {0}")]
    Serve(io::Error),
}
