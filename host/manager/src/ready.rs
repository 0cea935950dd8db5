//! Whether this host can answer as it should, and how busy it is: for whoever watches over it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::manager::Manager;

/// How long the database may take to answer. Whoever asks has less patience than its own limit
/// on locks.
const ANSWERS: Duration = Duration::from_secs(2);

impl Manager {
    /// What is missing until requests are answered as they should, in words without names of
    /// plugins or folders; nothing when nothing is.
    pub async fn missing(self: &Arc<Self>) -> Vec<String> {
        let mut missing = Vec::new();
        let snapshot = self.snapshot();
        if !snapshot.complete {
            let known = snapshot.plugins.values();
            let known = known.filter(|unit| unit.active().is_some() || unit.broken().is_some());
            missing.push(match snapshot.plugins.len() {
                0 => "plugins have not been looked for yet".to_owned(),
                all => format!(
                    "what {} of {all} plugins bring is not known yet",
                    all - known.count()
                ),
            });
        }
        let asked = self.apart(|manager| {
            let platform = &manager.house.services.platform;
            platform.with(|db| db.query_row("SELECT 1", [], |_| Ok(())))
        });
        match timeout(ANSWERS, asked).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!("the platform's database does not answer: {error}");
                missing.push("the platform's database does not answer".to_owned());
            }
            Err(_) => missing.push("the platform's database does not answer in time".to_owned()),
        }
        missing
    }

    /// Sessions that may still enter a plugin, of [`ManagerSettings::sessions`](crate::ManagerSettings).
    pub fn free_sessions(&self) -> usize {
        self.house.gate.free()
    }
}
