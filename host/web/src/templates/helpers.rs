//! The functions that printed templates call (`print/`), those that every template has
//! (`attempt`, `csrf`), a package's (`t`, `asset`) and the application's (`widgets`).

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use goatkit_runtime::CallErrorKind;
use minijinja::value::{Kwargs, Object, ObjectRepr, Value, ValueKind};
use minijinja::{Error, State, context};

use super::bridge;
use super::error::{Problem, RenderErrorKind};
use super::plugins::ShownWidget;
use super::print::names;
use super::scope::Render;
use crate::closed::closed;
use crate::guard::{Audience, CSRF_FIELD};

/// What the reading of another file counts for: looking for one that is not there reads the
/// folder.
const FILE_BYTES: u64 = 8 << 10;

/// One of them, for one rendering.
pub(super) struct Helper {
    kind: Kind,
    render: Arc<Render>,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Use,
    Call,
    Bound,
    Number,
    Item,
    Own,
    Raw,
    File,
    Translate,
    Asset,
    Attempt,
    Csrf,
    Widgets,
}

impl Kind {
    /// In the order in which a page asks most.
    pub(super) const ALL: &[(&str, Self)] = &[
        (names::CALL, Self::Call),
        (names::BOUND, Self::Bound),
        (names::RAW, Self::Raw),
        (names::OWN, Self::Own),
        (names::ITEM, Self::Item),
        (names::NUMBER, Self::Number),
        (names::FILE, Self::File),
        (names::USE, Self::Use),
    ];

    /// What every template calls by this name.
    pub(super) const OF_ALL: &[(&str, Self)] = &[("attempt", Self::Attempt), ("csrf", Self::Csrf)];

    /// What the application's templates call by these names.
    pub(super) const OF_APPLICATION: &[(&str, Self)] = &[("widgets", Self::Widgets)];

    /// What packages' templates call by these names.
    pub(super) const OF_PACKAGES: &[(&str, Self)] =
        &[("t", Self::Translate), ("asset", Self::Asset)];
}

impl Helper {
    pub(super) fn new(kind: Kind, render: Arc<Render>) -> Self {
        Self { kind, render }
    }

    /// The rendering that a template, a filter or the formatter is in.
    pub(super) fn render(state: &State<'_, '_>) -> Option<Arc<Render>> {
        let helper = state.lookup(names::CALL)?;
        Some(Arc::clone(&helper.downcast_object_ref::<Self>()?.render))
    }

    fn counted(&self, value: &Value, times: u64) -> Result<Value, Problem> {
        if let Some(meter) = &self.render.meter {
            meter.value(value, times)?;
        }
        Ok(value.clone())
    }

    fn charge(&self, bytes: u64) -> Result<(), Problem> {
        self.render
            .meter
            .as_ref()
            .map_or(Ok(()), |meter| meter.charge(bytes))
    }

    fn number(value: &Value) -> Result<Value, Problem> {
        match value.kind() {
            ValueKind::Number | ValueKind::Bool | ValueKind::None | ValueKind::Undefined => {
                Ok(value.clone())
            }
            kind => Err(Problem::bad(format!(
                "in a package's template `*` multiplies numbers only, not a {kind}; repeat with \
                 `for`"
            ))),
        }
    }

    fn translate(&self, args: &[Value]) -> Result<Value, Error> {
        let (key, values): (&str, Kwargs) = minijinja::value::from_args(args)?;
        let mut texts = Vec::new();
        for name in values.args() {
            texts.push((name.to_owned(), values.get::<Value>(name)?.to_string()));
        }
        let locale = &self.render.session.facts().locale;
        let package = self.render.package.as_ref();
        let text =
            package.and_then(|package| package.translations().translate(locale, key, &texts));
        let text = Value::from(text.unwrap_or_else(|| key.to_owned()));
        Ok(self.counted(&text, 1)?)
    }

    /// `attempt("stats.overview", "30d")` calls as `stats.overview("30d")` does, and answers
    /// `value`, or `error` where the plugin did not: so that a page lives on without it. What
    /// is wrong with the template itself is an error still.
    fn attempt(
        &self,
        state: &mut State<'_, '_>,
        function: &Value,
        args: &[Value],
    ) -> Result<Value, Error> {
        let Some(function) = function.as_str() else {
            let what = "`attempt` takes the function's name first, as in \
                        `attempt(\"my_plugin.greet\", \"Jane\")`";
            return Err(Problem::bad(what).into());
        };
        let (name, method) = match function.split_once('.') {
            Some((plugin, method)) => (plugin, Value::from(method)),
            None => (function, Value::from(())),
        };
        let head = [Value::UNDEFINED, Value::from(name), method];
        let all: Vec<Value> = head.into_iter().chain(args.iter().cloned()).collect();
        match self.render.call(state, &all) {
            Ok(value) => Ok(context! { value }),
            Err(error) => match plugins_fault(&error) {
                Some(message) => Ok(context! { error => message }),
                None => Err(error),
            },
        }
    }

    /// `csrf()` is the field that a form needs which is sent with `method="post"`; nothing where
    /// nobody is signed in. In a package's page it is good for that plugin's routes only, also
    /// where a layout of the application's stands around it: what a page shows, its template can
    /// read.
    fn csrf(&self, args: &[Value]) -> Result<Value, Error> {
        minijinja::value::from_args::<()>(args)?;
        let package = self.render.package.as_ref();
        let audience = match package {
            Some(package) => Audience::Plugin(package.manifest().name.as_str()),
            None => Audience::Application,
        };
        let field = match &self.render.around.forms {
            Some(forms) => format!(
                "<input type=\"hidden\" name=\"{CSRF_FIELD}\" value=\"{}\">",
                forms.token(audience)
            ),
            None => String::new(),
        };
        Ok(self.counted(&Value::from_safe_string(field), 1)?)
    }

    /// `widgets("dashboard")` is the list of what plugins show there: `plugin`, `id`, `title`,
    /// `html`, and `failed` where that says that there is none.
    fn widgets(&self, args: &[Value]) -> Result<Value, Error> {
        let (place,): (&str,) = minijinja::value::from_args(args)?;
        let shown = self.render.plugins.widgets(&self.render.session, place);
        let shown = bridge::wait(&self.render.handle, shown);
        let deadline = self.render.session.facts().deadline;
        let widget = |it| widget(it, deadline);
        Ok(shown.into_iter().map(widget).collect())
    }

    fn asset(&self, args: &[Value]) -> Result<Value, Error> {
        let (path,): (&str,) = minijinja::value::from_args(args)?;
        let Some(package) = &self.render.package else {
            return Ok(Value::UNDEFINED);
        };
        let name = &package.manifest().name;
        if !package.asset_names().iter().any(|known| known == path) {
            let known = package.asset_names().iter().map(String::as_str);
            let hint = goatkit_package::nearest(path, known)
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let path = path.escape_debug();
            let what = format!("the plugin `{name}` has no file `static/{path}`{hint}");
            return Err(Problem::bad(what).into());
        }
        let url = format!("/plugins/{name}/{}/static/{path}", package.digest());
        // Where nothing needs escaping, `/` shall not be escaped either.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
        let is_plain = path.chars().all(plain);
        Ok(if is_plain {
            Value::from_safe_string(url)
        } else {
            Value::from(url)
        })
    }
}

/// A widget as templates see it.
fn widget(it: ShownWidget, deadline: Instant) -> Value {
    let html = it.html.and_then(|html| match closed(&html, deadline) {
        Ok(html) => Some(html),
        Err(why) => {
            tracing::warn!("widget `{}` of `{}`: {why}", it.id, it.plugin);
            None
        }
    });
    let failed = html.is_none();
    let html = html.unwrap_or_else(|| "<p class=\"gk-unavailable\">unavailable</p>".to_owned());
    context! {
        plugin => it.plugin.as_str(),
        id => it.id,
        title => it.title,
        html => Value::from_safe_string(html),
        failed,
    }
}

/// What a plugin says that did not answer; nothing if the template itself is wrong.
fn plugins_fault(error: &Error) -> Option<&str> {
    let source = std::error::Error::source(error)?;
    let problem: &Problem = source.downcast_ref()?;
    match problem.kind {
        RenderErrorKind::Call(CallErrorKind::Invalid) | RenderErrorKind::UnknownFunction => None,
        RenderErrorKind::Call(_) => Some(&problem.message),
        _ => None,
    }
}

impl fmt::Debug for Helper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {:?}>", self.kind)
    }
}

impl Object for Helper {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let first = args.first().cloned().unwrap_or_default();
        let second = args.get(1).and_then(Value::as_usize);
        match self.kind {
            Kind::Call => self.render.call(state, args),
            Kind::Translate => self.translate(args),
            Kind::Asset => self.asset(args),
            Kind::Attempt => self.attempt(state, &first, args.get(1..).unwrap_or_default()),
            Kind::Csrf => self.csrf(args),
            Kind::Widgets => self.widgets(args),
            Kind::Use => {
                let plugin = first.as_str().unwrap_or_default();
                self.render
                    .use_plugin(state.name(), plugin, second.unwrap_or_default())?;
                Ok(Value::UNDEFINED)
            }
            Kind::Bound => Ok(self.counted(&first, second.unwrap_or(1) as u64)?),
            Kind::Number => Ok(Self::number(&first)?),
            Kind::Item => {
                self.charge(first.as_str().map_or(1, str::len) as u64)?;
                Ok(first)
            }
            Kind::Own => match &self.render.meter {
                Some(meter) => Ok(meter.own(&first)?),
                None => Ok(first),
            },
            Kind::Raw => {
                self.charge(first.as_usize().unwrap_or_default() as u64)?;
                Ok(Value::UNDEFINED)
            }
            Kind::File => {
                self.charge(FILE_BYTES)?;
                self.counted(&first, 1).map_err(Into::into)
            }
        }
    }
}
