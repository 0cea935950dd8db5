//! The templates of packages: untrusted code that runs in the host.
//!
//! What holds them: a limit of steps (minijinja's fuel), of depth, of output, and the meter,
//! which printed templates, filters and the formatter pay (`meter.rs`). A package's template
//! reaches its own files and the layouts that the host lists, and nothing else.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use goatkit_package::{Digest, StoredPackage};
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, Output, State, TemplateSource, escape_formatter};

use super::application::Folder;
use super::error::{Problem, RenderErrorKind};
use super::helpers::Helper;
use super::print::{Author, prepare, syntax};
use super::{APPLICATION, TemplateSettings, escaping, filters};

/// A call of a macro counts for 4, an include for 10: deep enough for trees, and shallow
/// enough for a render thread's stack.
const DEPTH: usize = 200;

/// Escaping makes six characters of one, and printing a list ten.
const EMITTED_TEXT: u64 = 6;
const EMITTED_VALUE: u64 = 10;

/// What stands before names that a package's template may not load.
const REFUSED: &str = "refused:";

/// The environments of packages, the last used last.
pub(super) struct Packages {
    environments: Mutex<VecDeque<(Digest, Arc<Environment<'static>>)>>,
    most: usize,
}

impl Packages {
    pub(super) fn keeping(most: usize) -> Self {
        Self {
            environments: Mutex::default(),
            most,
        }
    }

    /// The environment of a package.
    pub(super) fn environment(
        &self,
        package: &StoredPackage,
        folder: &Arc<Folder>,
        settings: &TemplateSettings,
    ) -> Result<Arc<Environment<'static>>, Error> {
        let digest = package.digest();
        let mut kept = self
            .environments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|(known, _)| *known == digest);
        let environment = match known.and_then(|at| kept.remove(at)) {
            Some((_, environment)) => environment,
            None => Arc::new(environment(package, folder, settings)?),
        };
        kept.push_back((digest, Arc::clone(&environment)));
        while kept.len() > self.most.max(1) {
            kept.pop_front();
        }
        Ok(environment)
    }
}

fn environment(
    package: &StoredPackage,
    folder: &Arc<Folder>,
    settings: &TemplateSettings,
) -> Result<Environment<'static>, Error> {
    let mut env = Environment::empty();
    env.set_syntax(syntax()?);
    env.set_debug(false);
    env.set_fuel(Some(settings.package_steps));
    env.set_recursion_limit(DEPTH);
    env.set_auto_escape_callback(escaping);
    env.set_formatter(metered);
    filters::install(&mut env);
    let (own, layouts) = (package.clone(), settings.layouts.clone());
    env.set_path_join_callback(move |name, parent| resolve(&own, &layouts, name, parent));
    let (own, folder) = (package.clone(), Arc::clone(folder));
    env.set_loader(move |name| load(&own, &folder, name));
    Ok(env)
}

/// Which template `name` is when the template `parent` asks for it.
fn resolve<'n>(
    package: &StoredPackage,
    layouts: &[String],
    name: &'n str,
    parent: &str,
) -> Cow<'n, str> {
    if parent.starts_with(APPLICATION) {
        return format!("{APPLICATION}{name}").into();
    }
    let is_text = |name: &str| matches!(escaping(name), AutoEscape::None);
    let is_own = package.template_names().iter().any(|known| known == name);
    if is_own && (is_text(parent) || !is_text(name)) {
        return name.into();
    }
    if !is_own && layouts.iter().any(|layout| layout == name) {
        return format!("{APPLICATION}{name}").into();
    }
    format!("{REFUSED}{name}").into()
}

fn load(
    package: &StoredPackage,
    folder: &Arc<Folder>,
    name: &str,
) -> Result<Option<TemplateSource>, Error> {
    if let Some(layout) = name.strip_prefix(APPLICATION) {
        return folder.load(layout, name, Author::Layout);
    }
    if let Some(refused) = name.strip_prefix(REFUSED) {
        return Err(refusal(package, refused).into());
    }
    let source = package
        .template(name)
        .map_err(|error| Problem::new(RenderErrorKind::Internal, error.to_string()))?;
    let Some(source) = source else {
        return Ok(None);
    };
    Ok(Some(TemplateSource::new(prepare(
        name,
        &source,
        Author::Package,
    )?)))
}

fn refusal(package: &StoredPackage, name: &str) -> Problem {
    let plugin = &package.manifest().name;
    let shown = name.escape_debug();
    if package.template_names().iter().any(|known| known == name) {
        let what = format!(
            "`{shown}` is not escaped, because its name ends in `.txt`: only a template whose \
             name ends so may load it"
        );
        return Problem::new(RenderErrorKind::Denied, what);
    }
    let what = format!(
        "the plugin `{plugin}` has no template `{shown}`, and the application has no layout of \
         that name for plugins"
    );
    Problem::new(RenderErrorKind::NotFound, what)
}

/// Writes a value after paying for it.
fn metered(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if let Some(meter) = Helper::render(state)
        .as_ref()
        .and_then(|render| render.meter.as_ref())
    {
        let times = match value.as_str() {
            Some(_) if value.is_safe() => 1,
            Some(_) => EMITTED_TEXT,
            None if value.is_number() => 1,
            None => EMITTED_VALUE,
        };
        meter.value(value, times)?;
    }
    escape_formatter(out, state, value)
}

/// A page that ends at a number of bytes.
pub(super) struct Page {
    pub(super) bytes: Vec<u8>,
    most: usize,
}

impl Page {
    pub(super) fn of_at_most(most: usize) -> Self {
        Self {
            bytes: Vec::new(),
            most,
        }
    }
}

impl io::Write for Page {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + text.len() > self.most {
            let most = self.most;
            let problem = Problem::limit(format!("it is longer than {most} bytes"));
            return Err(io::Error::other(problem));
        }
        self.bytes.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
