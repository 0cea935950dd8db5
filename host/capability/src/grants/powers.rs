//! What one plugin may do now. The rooms of the plugin share it with whoever grants, so that
//! what is granted or revoked takes effect at the next call.

use std::sync::Arc;

use arc_swap::ArcSwap;
use goatkit_package::PluginName;

use super::items::Rules;
use crate::db::{self, DbGrant, Force};

/// The power of one plugin. Clones share it.
#[derive(Clone)]
pub struct Powers {
    plugin: PluginName,
    rules: Arc<ArcSwap<Rules>>,
    db: db::Granted,
}

impl Powers {
    /// A plugin that may do nothing.
    pub fn none(plugin: PluginName) -> Self {
        Self {
            plugin,
            rules: Arc::default(),
            db: db::Granted::none(),
        }
    }

    /// Replaces all that it may do.
    pub fn set(&self, rules: Rules) {
        self.db.set(self.force(&rules));
        self.rules.store(Arc::new(rules));
    }

    /// What it may do.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.load_full()
    }

    /// What it may do with the database.
    pub fn db(&self) -> &db::Granted {
        &self.db
    }

    fn force(&self, rules: &Rules) -> Option<Force> {
        let texts = of_item(rules, "db");
        let mut texts = texts.peekable();
        texts.peek()?;
        match DbGrant::of_rules(&self.plugin, texts) {
            Ok(grant) => Some(Force::new(grant)),
            Err(problems) => {
                // Rules are made by the room itself; what it does not know allows nothing.
                tracing::error!(plugin = %self.plugin, "its db grant is void: {}", problems.join("; "));
                None
            }
        }
    }
}

fn of_item<'r>(rules: &'r Rules, item: &str) -> impl Iterator<Item = &'r str> {
    let of_item = rules.iter().filter(move |rule| rule.item == item);
    of_item.map(|rule| rule.text.as_str())
}
