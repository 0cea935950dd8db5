//! How a unit is stopped by an administrator: from then on it answers nobody, and calls of it that
//! run are dropped, which stops the plugin's code.
//!
//! The unit has one, and everything that is called of it goes by it (`counted`). Not here: who
//! decides (`choices`, `uninstall`).

use std::future::Future;
use std::sync::OnceLock;

use goatkit_package::PluginName;
use tokio::sync::Notify;

use super::Unit;

/// Why a unit was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// An administrator does not let the plugin serve.
    Disabled,
    /// The plugin was taken out of the host.
    Uninstalled,
}

impl Stopped {
    /// What whoever calls it is told.
    pub(crate) fn text(self, plugin: &PluginName) -> String {
        match self {
            Self::Disabled => {
                format!("disabled by an administrator; `gk plugin enable {plugin}` lets it serve")
            }
            Self::Uninstalled => "it was uninstalled".to_owned(),
        }
    }
}

/// Whether a unit was stopped, and what wakes its calls when it is.
#[derive(Default)]
pub(crate) struct Ending {
    why: OnceLock<Stopped>,
    told: Notify,
}

impl Ending {
    /// Stops it, for ever.
    pub(crate) fn end(&self, why: Stopped) {
        if self.why.set(why).is_ok() {
            self.told.notify_waiters();
        }
    }

    /// Why it was stopped, if it was.
    pub(crate) fn why(&self) -> Option<Stopped> {
        self.why.get().copied()
    }

    /// What `call` gives, unless it is stopped before: then `call` is dropped.
    pub(crate) async fn unless<T>(&self, call: impl Future<Output = T>) -> Result<T, Stopped> {
        // Before looking, so that one that is stopped meanwhile wakes it. Most calls end before
        // it is ever polled.
        let told = self.told.notified();
        if let Some(why) = self.why() {
            return Err(why);
        }
        tokio::select! {
            biased;
            ended = call => Ok(ended),
            () = told => Err(self.why().unwrap_or(Stopped::Disabled)),
        }
    }
}

impl Unit {
    /// Stops it for ever: it answers nobody any more, its calls that run are dropped, and it has
    /// no power.
    pub(crate) fn stop(&self, why: Stopped) {
        self.ending.end(why);
        self.empower();
    }

    /// Why it was stopped, if it was.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.ending.why()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn what_runs_is_dropped_and_what_comes_later_is_refused() {
        let ending = Arc::new(Ending::default());
        assert_eq!(ending.unless(async { 1 }).await, Ok(1));
        let (held, gone) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn({
            let ending = Arc::clone(&ending);
            async move {
                let call = async move {
                    let _held = held;
                    std::future::pending::<()>().await;
                };
                ending.unless(call).await
            }
        });
        // Whether it runs already or not, it ends.
        tokio::task::yield_now().await;
        ending.end(Stopped::Uninstalled);
        ending.end(Stopped::Disabled);
        assert_eq!(running.await.unwrap(), Err(Stopped::Uninstalled));
        assert!(gone.await.is_err(), "the call was dropped");
        let late = ending.unless(async { 1 }).await;
        assert_eq!(late, Err(Stopped::Uninstalled));
    }
}
