//! Hooks: what plugins do when the application shows or saves something. Each has a deadline of
//! its own; one that fails is told in its plugin's log, and whatever it hooked into goes on.

use std::fmt;
use std::time::{Duration, Instant};

use goatkit_capability::log::Level;
use goatkit_capability::{Actor, Entry, EntryKind, Scope, SessionFacts};
use goatkit_package::PluginName;
use goatkit_runtime::{CallError, CallErrorKind, HookRun, Session};
use serde_json::{Map, Value, json};

use crate::dispatch::{in_time, loaded};
use crate::manager::Manager;
use crate::snapshot::ActiveHook;
use crate::trouble::{Ended, Standing};

/// Time for one hook. Somebody waits for a page, and each hook comes before it.
pub(crate) const HOOK: Duration = Duration::from_secs(1);

/// Time for all hooks of one save: whoever saved waits, or goes on and leaves them to run.
const SAVED: Duration = Duration::from_secs(10);

/// What one hook answered.
#[derive(Debug)]
pub struct HookAnswer {
    /// The plugin.
    pub plugin: PluginName,
    /// Its answer, or why there is none. It has been told in the plugin's log.
    pub result: Result<Option<Value>, CallError>,
}

/// Something that the application has saved.
#[derive(Debug, Clone)]
pub struct Saved {
    /// What it is: `ticket`.
    pub entity: String,
    /// Which one.
    pub id: String,
    /// What the application tells of it.
    pub data: Value,
    /// Who saved it; nobody when the application did so by itself.
    pub actor: Option<Actor>,
    /// The organisation it belongs to, where the application has several.
    pub tenant: Option<String>,
    /// A BCP 47 tag.
    pub locale: String,
    /// The identifier in every log line.
    pub request_id: String,
}

impl Manager {
    /// Runs every hook that is registered and granted for `name` of `of`, in the order of
    /// plugins, each within a second and never beyond the session's deadline. `payload` is what
    /// they are told besides `of`. A hook that failed again and again is left alone for a while,
    /// and then not among the answers.
    pub async fn run_hooks(
        &self,
        session: &Session,
        name: &str,
        of: &str,
        mut payload: Map<String, Value>,
    ) -> Vec<HookAnswer> {
        let snapshot = self.snapshot();
        let hooks = snapshot.hooks_at(name, of);
        if hooks.is_empty() {
            return Vec::new();
        }
        payload.insert("of".to_owned(), Value::from(of));
        let payload = Value::Object(payload).to_string();
        let mut answers = Vec::new();
        for hook in hooks {
            // Whoever waits for a page waits for no plugin to be made ready either.
            let session = session.until(Instant::now() + HOOK);
            answers.extend(self.run_hook(&session, hook, name, &payload).await);
        }
        answers
    }

    /// Tells plugins that the application has saved something: runs the hooks `after_save` of
    /// it, for whoever saved it.
    pub async fn saved(&self, saved: Saved) -> Vec<HookAnswer> {
        let name = "after_save";
        let session = self.session(SessionFacts {
            actor: saved.actor,
            tenant: saved.tenant,
            locale: saved.locale,
            request_id: saved.request_id,
            deadline: Instant::now() + SAVED,
            entry: Entry {
                kind: EntryKind::Hook,
                name: name.to_owned(),
            },
        });
        let of = saved.entity.as_str();
        let payload = json!({ "of": of, "id": saved.id, "data": saved.data }).to_string();
        let mut answers = Vec::new();
        for hook in self.snapshot().hooks_at(name, of) {
            answers.extend(self.run_hook(&session, hook, name, &payload).await);
        }
        answers
    }

    /// Runs one hook, unless it rests. Its plugin is made ready within the session; the hook
    /// itself has its own time.
    pub(crate) async fn run_hook(
        &self,
        session: &Session,
        hook: &ActiveHook,
        name: &str,
        payload: &str,
    ) -> Option<HookAnswer> {
        let unit = &hook.plugin.unit;
        let plugin = unit.name().clone();
        let (conduct, target) = (unit.conduct(), HookTarget(name));
        let trouble = conduct.hook(name);
        let rests = trouble.standing(self.now()) != Standing::Fine;
        if rests || conduct.refusal(&target).is_some() {
            return None;
        }
        let run = HookRun {
            name: name.to_owned(),
            payload: payload.to_owned(),
        };
        let mut had = Duration::ZERO;
        let answer = async {
            let code = loaded(session, unit, &target).await?;
            let session = session.until(Instant::now() + HOOK);
            had = session.deadline().saturating_duration_since(Instant::now());
            let answer = code.run_hook(&session, run);
            in_time(&session, &plugin, &target, HOOK, answer).await
        };
        let result = answer.await.and_then(|answer| match answer {
            None => Ok(None),
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                let text = format!("its answer is no JSON: {error}");
                CallError::malformed(&plugin, &target, text)
            }),
        });
        let ended = ended(result.as_ref().map(drop), had);
        let rests = conduct.hook_ended(name, ended, trouble.round(), self.now());
        if let Err(error) = &result {
            let mut text = error.message();
            if rests {
                text += "; it failed again and again, and is left alone for a while";
            }
            let scope = Scope::Call(session.call_facts(HOOK));
            let log = unit.log();
            log.write(&scope, Level::Error, text, Vec::new());
        }
        Some(HookAnswer { plugin, result })
    }
}

/// Whose fault it was, of a hook that had so much time.
fn ended(result: Result<(), &CallError>, had: Duration) -> Ended {
    let Err(error) = result else {
        return Ended::Well;
    };
    match error.kind() {
        CallErrorKind::Busy
        | CallErrorKind::Internal
        | CallErrorKind::NotGranted
        | CallErrorKind::Resting
        | CallErrorKind::Quarantined => Ended::Unknown,
        // What came before it has used the session's time up.
        CallErrorKind::TimedOut if had < HOOK / 2 => Ended::Unknown,
        _ => Ended::Badly,
    }
}

/// A hook in an error's text.
struct HookTarget<'a>(&'a str);

impl fmt::Display for HookTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hook `{}`", self.0)
    }
}
