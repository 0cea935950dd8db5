//! What one plugin may do now. The rooms of the plugin share it with whoever grants, so that
//! what is granted or revoked takes effect at the next call.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;
use goatkit_package::PluginName;

use super::items::Rules;
use super::rule::Rule;
use crate::audit::{Auditor, Counter, Uses};
use crate::db::{DbGrant, Force};
use crate::{Denial, Fault, Scope, app, cache, db, events, http, mail, plugins, schedule};

/// The power of one plugin. Clones share it.
#[derive(Clone)]
pub struct Powers {
    auditor: Auditor,
    uses: Uses,
    rules: Arc<ArcSwap<Rules>>,
    db: db::Granted,
    app: app::Granted,
    http: http::Granted,
    mail: mail::Granted,
    cache: cache::Granted,
    schedule: schedule::Granted,
    plugins: plugins::Granted,
    events: events::Granted,
    /// The capabilities that are granted whole or not at all, with their counters.
    switches: Arc<ArcSwap<Vec<(Rule, Counter)>>>,
}

impl Powers {
    /// A plugin that may do nothing.
    pub fn none(auditor: Auditor, uses: Uses) -> Self {
        Self {
            auditor,
            uses,
            rules: Arc::default(),
            db: db::Granted::none(),
            app: app::Granted::none(),
            http: http::Granted::none(),
            mail: mail::Granted::none(),
            cache: cache::Granted::none(),
            schedule: schedule::Granted::none(),
            plugins: plugins::Granted::none(),
            events: events::Granted::none(),
            switches: Arc::default(),
        }
    }

    /// Replaces all that it may do.
    pub fn set(&self, rules: Rules) {
        self.db.set(self.force(&rules));
        self.app.set(self.counted(&rules, "app"));
        self.http.set(self.counted(&rules, "http"));
        self.mail.set(self.counted(&rules, "mail"));
        self.cache.set(self.counted(&rules, "cache"));
        self.schedule.set(self.counted(&rules, "schedule"));
        self.plugins.set(self.counted(&rules, "plugins"));
        self.events.set(self.counted(&rules, "events"));
        let counted = rules.iter().map(|rule| (rule.clone(), self.counter(rule)));
        self.switches.store(Arc::new(counted.collect()));
        self.rules.store(Arc::new(rules));
    }

    /// Whose power it is.
    pub fn plugin(&self) -> &PluginName {
        self.auditor.plugin()
    }

    /// What it may do.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.load_full()
    }

    /// What it may do with the database.
    pub fn db(&self) -> &db::Granted {
        &self.db
    }

    /// Which functions of the application it may call.
    pub fn app(&self) -> &app::Granted {
        &self.app
    }

    /// Which requests it may send.
    pub fn http(&self) -> &http::Granted {
        &self.http
    }

    /// Which mail it may send.
    pub fn mail(&self) -> &mail::Granted {
        &self.mail
    }

    /// How much it may cache.
    pub fn cache(&self) -> &cache::Granted {
        &self.cache
    }

    /// How many jobs it may have, and how often.
    pub fn schedule(&self) -> &schedule::Granted {
        &self.schedule
    }

    /// Which functions of other plugins it may call.
    pub fn plugins(&self) -> &plugins::Granted {
        &self.plugins
    }

    /// On which channels it may publish.
    pub fn events(&self) -> &events::Granted {
        &self.events
    }

    /// Where its denials are noted.
    pub fn auditor(&self) -> &Auditor {
        &self.auditor
    }

    /// Whether it may use a capability that is granted whole or not at all.
    ///
    /// # Errors
    /// [`Fault::Denied`], which is noted; [`Fault::Unavailable`] while the plugin registers.
    pub fn permits(&self, scope: &Scope, capability: &str) -> Result<(), Fault> {
        scope.call()?;
        let switches = self.switches.load();
        let mut switches = switches.iter();
        match switches.find(|(rule, _)| rule.item == capability) {
            Some((_, uses)) => {
                uses.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            None => self
                .auditor
                .heard(scope, Err(denied(self.plugin(), capability))),
        }
    }

    fn force(&self, rules: &Rules) -> Option<Force> {
        let counted = self.counted(rules, "db");
        if counted.is_empty() {
            return None;
        }
        let texts = counted.iter().map(|(text, _)| text.as_str());
        match DbGrant::of_rules(self.plugin(), texts) {
            Ok(grant) => Some(Force::new(grant).counted(counted.into_iter().collect())),
            Err(problems) => {
                // Rules are made by the room itself; what it does not know allows nothing.
                let problems = problems.join("; ");
                tracing::error!(plugin = %self.plugin(), "its db grant is void: {problems}");
                None
            }
        }
    }

    fn counted(&self, rules: &Rules, item: &str) -> Vec<(String, Counter)> {
        let of_item = rules.iter().filter(|rule| rule.item == item);
        of_item
            .map(|rule| (rule.text.clone(), self.counter(rule)))
            .collect()
    }

    fn counter(&self, rule: &Rule) -> Counter {
        self.uses.counter(self.plugin(), rule)
    }
}

fn denied(plugin: &PluginName, capability: &str) -> Fault {
    Fault::Denied(Denial {
        capability: capability.to_owned(),
        asked: format!("use {capability}"),
        remedy: format!(
            "what manifest.yaml asks for is granted with `gk plugin grant {plugin} {capability}`"
        ),
    })
}
