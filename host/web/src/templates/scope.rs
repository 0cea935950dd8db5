//! What a name in a template means.
//!
//! A call in a template asks here, with what the name means to the template itself: a
//! context variable, a `set` variable, a macro, a global. Only if that is nothing, the
//! plugins are asked that the file uses in which the call stands. So plugins hide nothing,
//! and what one file uses no other file sees: not what it includes, imports or extends.
//! Inside a macro the file is the macro's, wherever it is called from.
//!
//! The same holds for a plugin's own name before a dot: a variable of that name wins.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use goatkit_package::{StoredPackage, nearest};
use goatkit_runtime::{Output, Session};
use minijinja::value::Value;
use minijinja::{Error, State};
use tokio::runtime::Handle;

use super::error::{Problem, RenderErrorKind};
use super::meter::Meter;
use super::plugins::{FindError, Plugins, UsedPlugin};
use super::{APPLICATION, bridge, call};
use crate::closed::closed;
use crate::visit::Surroundings;

/// One rendering of one page.
pub(super) struct Render {
    pub(super) plugins: Arc<dyn Plugins>,
    pub(super) session: Session,
    pub(super) handle: Handle,
    pub(super) around: Surroundings,
    /// The package whose template it is; nothing for the application's.
    pub(super) package: Option<StoredPackage>,
    /// The plugin of that package, of the version that the page is of.
    pub(super) own: Option<Arc<UsedPlugin>>,
    /// Limits for a package's template.
    pub(super) meter: Option<Meter>,
    pub(super) files: Mutex<Vec<File>>,
}

/// What a file uses.
pub(super) struct File {
    name: String,
    plugins: Vec<Arc<UsedPlugin>>,
}

impl Render {
    /// `{% use plugin %}` in `file`.
    pub(super) fn use_plugin(&self, file: &str, plugin: &str, line: usize) -> Result<(), Problem> {
        self.may_use(file, plugin)
            .map_err(|problem| problem.at(line))?;
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |used: &&Arc<UsedPlugin>| template_name(used) == plugin;
        let known = files
            .iter()
            .flat_map(|file| &file.plugins)
            .chain(&self.own)
            .find(is_it)
            .cloned();
        let used = match known {
            Some(used) => used,
            None => {
                let found = bridge::wait(&self.handle, self.plugins.find(plugin));
                Arc::new(found.map_err(|error| not_found(plugin, error).at(line))?)
            }
        };
        let at = files
            .iter()
            .position(|known| known.name == file)
            .unwrap_or_else(|| {
                files.push(File {
                    name: file.to_owned(),
                    plugins: Vec::new(),
                });
                files.len() - 1
            });
        let uses = &mut files[at].plugins;
        if !uses.iter().any(|known| template_name(known) == plugin) {
            uses.push(used);
        }
        Ok(())
    }

    fn may_use(&self, file: &str, plugin: &str) -> Result<(), Problem> {
        let Some(package) = &self.package else {
            return Ok(());
        };
        let own = package.manifest().name.template_name();
        if file.starts_with(APPLICATION)
            || own == plugin
            || self.plugins.may_use(&package.manifest().name, plugin)
        {
            return Ok(());
        }
        let what = format!(
            "a template of the plugin `{own}` may use `{own}`, and `{plugin}` only when that was \
             granted: add `plugins: [{}]` under `capabilities` in its manifest.yaml, and grant it",
            plugin.replace('_', "-")
        );
        Err(Problem::new(RenderErrorKind::Denied, what))
    }

    /// Calls what `name` means in the file `state` is in.
    pub(super) fn call(&self, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let [meaning, name, method, args @ ..] = args else {
            return Err(Problem::new(RenderErrorKind::Internal, "a call without a name").into());
        };
        if !meaning.is_undefined() {
            return match method.as_str() {
                Some(method) => meaning.call_method(state, method, args),
                None => meaning.call(state, args),
            };
        }
        let name = name.as_str().unwrap_or_default();
        let (used, at) = self.find(state.name(), name, method.as_str())?;
        let function = &used.registration.functions[at];
        let plugin = &used.package.manifest().name;
        let json = call::arguments(plugin, function, args)?;
        let name = &function.name;
        // A layout of the application's, which a package's template extends, is the application.
        let is_layout = state.name().starts_with(APPLICATION);
        let session = match &self.package {
            Some(package) if !is_layout && package.manifest().name != *plugin => {
                let caller = &package.manifest().name;
                self.plugins
                    .may_call(caller, plugin, name)
                    .and_then(|()| self.session.nested(caller, name))
                    .map(Cow::Owned)
                    .map_err(Problem::from)?
            }
            _ => Cow::Borrowed(&self.session),
        };
        let output = bridge::wait(&self.handle, used.code.call(&session, name, json));
        let output = output.map_err(Problem::from)?;
        let output = match output {
            // What a package's own template shows is closed with all that stands around it.
            Output::Html(html) if is_layout || self.package.is_none() => {
                let closed = closed(&html, session.facts().deadline);
                Output::Html(closed.map_err(|why| call::open(plugin, function, why))?)
            }
            output => output,
        };
        let value = call::answer(plugin, function, output)?;
        if let Some(meter) = &self.meter {
            meter.value(&value, 1)?;
        }
        Ok(value)
    }

    /// The plugin and the place of its function that a name means in `file`.
    fn find(
        &self,
        file: &str,
        name: &str,
        method: Option<&str>,
    ) -> Result<(Arc<UsedPlugin>, usize), Problem> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let file = files.iter().find(|known| known.name == file);
        let used = file.map_or(&[][..], |file| file.plugins.as_slice());
        let (plugin, at) = match method {
            Some(method) => qualified(used, name, method)?,
            None => bare(used, name)?,
        };
        Ok((Arc::clone(plugin), at))
    }
}

fn bare<'u>(
    used: &'u [Arc<UsedPlugin>],
    name: &str,
) -> Result<(&'u Arc<UsedPlugin>, usize), Problem> {
    let mut defining = used
        .iter()
        .filter_map(|plugin| Some((plugin, function_of(plugin, name)?)));
    match (defining.next(), defining.next()) {
        (Some(one), None) => Ok(one),
        (Some((one, _)), Some((other, _))) => {
            let (one, other) = (template_name(one), template_name(other));
            Err(unknown(format!(
                "the plugins `{one}` and `{other}` both define `{name}`; write `{one}.{name}(…)` \
                 or `{other}.{name}(…)`"
            )))
        }
        (None, _) => Err(nothing_defines(used, name)),
    }
}

fn qualified<'u>(
    used: &'u [Arc<UsedPlugin>],
    name: &str,
    method: &str,
) -> Result<(&'u Arc<UsedPlugin>, usize), Problem> {
    let Some(plugin) = used.iter().find(|plugin| template_name(plugin) == name) else {
        return Err(unknown(format!(
            "`{name}` is undefined here, so `{name}.{method}` cannot be called; if it is a plugin, \
             write `{{% use {name} %}}` in this file"
        )));
    };
    let function = function_of(plugin, method).ok_or_else(|| {
        let has = listed(plugin);
        let known = plugin
            .registration
            .functions
            .iter()
            .map(|function| function.name.as_str());
        let hint = did_you_mean(nearest(method, known));
        unknown(format!(
            "the plugin `{name}` has no function `{method}`; {has}{hint}"
        ))
    })?;
    Ok((plugin, function))
}

fn nothing_defines(used: &[Arc<UsedPlugin>], name: &str) -> Problem {
    if used.is_empty() {
        return unknown(format!(
            "there is no function `{name}`: this file uses no plugin; write \
             `{{% use my_plugin %}}` for the plugin that has it"
        ));
    }
    let functions = used
        .iter()
        .flat_map(|plugin| &plugin.registration.functions);
    let hint = did_you_mean(nearest(
        name,
        functions.map(|function| function.name.as_str()),
    ));
    let has: Vec<String> = used.iter().map(|plugin| listed(plugin)).collect();
    unknown(format!(
        "there is no function `{name}`; {}{hint}",
        has.join("; ")
    ))
}

fn not_found(plugin: &str, error: FindError) -> Problem {
    let what = match error {
        FindError::Unknown { known } => {
            let hint = did_you_mean(nearest(plugin, known.iter().map(String::as_str)));
            format!("there is no plugin `{plugin}`{hint}")
        }
        FindError::Broken(why) => format!("the plugin `{plugin}` cannot be used: {why}"),
    };
    Problem::new(RenderErrorKind::UnknownPlugin, what)
}

fn listed(plugin: &UsedPlugin) -> String {
    let functions = &plugin.registration.functions;
    let names: Vec<String> = functions
        .iter()
        .map(|function| format!("`{}`", function.name))
        .collect();
    let has = if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    };
    format!("`{}` defines {has}", template_name(plugin))
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

fn unknown(message: String) -> Problem {
    Problem::new(RenderErrorKind::UnknownFunction, message)
}

fn function_of(plugin: &UsedPlugin, name: &str) -> Option<usize> {
    plugin
        .registration
        .functions
        .iter()
        .position(|function| function.name == name)
}

fn template_name(plugin: &UsedPlugin) -> String {
    plugin.package.manifest().name.template_name()
}
