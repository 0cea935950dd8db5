//! The site for administrators beside the application: on a listener of its own, with the first
//! token in the data folder. What the site is, `goatkit-web` knows.

use std::io;

use axum::Router;
use goatkit_web::AdminSiteSettings;
use tokio::net::TcpListener;

use crate::host::{AttendError, Attended, Host};

/// The file of the first token, in the data folder.
const FIRST_TOKEN: &str = "admin-token";

impl Host {
    /// The site for administrators, for an application that listens for them by itself: on an
    /// address of its own, which browsers call by another name than the application if it can be
    /// had. It answers to `localhost` and loopback addresses with `port`, and to the names of
    /// [`HostBuilder::admin_site`](crate::HostBuilder::admin_site).
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub fn admin_router(&self, port: u16) -> io::Result<Router> {
        let settings = AdminSiteSettings {
            port: Some(port),
            ..self.admin_site.clone()
        };
        goatkit_web::admin_site(self.admin.clone(), settings)
    }

    /// Writes the first token for everything to `DATA/admin-token`, which nobody but the host's
    /// own user can read, if that was never done before.
    ///
    /// # Errors
    /// [`AttendError::People`]: the file cannot be written, or the database.
    pub async fn first_token(&self) -> Result<(), AttendError> {
        let (tokens, path) = (self.tokens().clone(), self.data.join(FIRST_TOKEN));
        let made = tokio::task::spawn_blocking(move || tokens.first(&path).map(|it| (it, path)));
        match made.await {
            Ok(made) => {
                if let (true, path) = made? {
                    tracing::info!("a token for everything stands in {}", path.display());
                }
                Ok(())
            }
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

impl Attended {
    /// Serves the site for administrators as well, as long as the application is served. There
    /// is a first token then, see [`Host::first_token`].
    ///
    /// # Errors
    /// [`AttendError`]: the token cannot be written, or the listener is none.
    pub async fn with_admin_site(
        mut self,
        host: &Host,
        listener: TcpListener,
    ) -> Result<Self, AttendError> {
        host.first_token().await?;
        let port = listener.local_addr().map_err(AttendError::Serve)?.port();
        let router = host.admin_router(port).map_err(AttendError::Serve)?;
        self.admin_site = Some((listener, router));
        Ok(self)
    }
}
