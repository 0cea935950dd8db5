//! The marks on functions that reach into the running application: `#[route]`, `#[hook]`,
//! `#[widget]`, `#[expose]` and `#[authorizes_events]`. Read here, written by `expand` and
//! `registration`; `#[job]` has a file of its own.

use syn::parse::ParseStream;
use syn::{Attribute, Error, Ident, ItemFn, LitStr, Meta, Result, Token};

use crate::fields::{Access, Fields, Keys, Path};
use crate::module::callable;

/// As the contract has them.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// As the contract has them.
const HOOKS: [&str; 3] = ["before_render", "after_save", "on_event"];

/// A function that answers requests, by one of its marks.
pub(crate) struct Route {
    pub(crate) function: Ident,
    pub(crate) takes_request: bool,
    pub(crate) method: String,
    pub(crate) path: Path,
    pub(crate) access: Access,
    pub(crate) webhook: bool,
}

impl Route {
    /// Takes the marks off a function that has them.
    pub(crate) fn take(function: &mut ItemFn) -> Result<Vec<Self>> {
        let marks = take(function, "route");
        if !marks.is_empty() {
            let message = "a route takes nothing, or the `goatkit_plugin::routes::Request`";
            at_most_one_argument(function, message)?;
        }
        let read = |mark: &Attribute| {
            mark.parse_args_with(|input: ParseStream<'_>| Self::read(function, input))
        };
        marks.iter().map(read).collect()
    }

    fn read(function: &ItemFn, input: ParseStream<'_>) -> Result<Self> {
        let method: Ident = input.parse()?;
        if !METHODS.iter().any(|known| method == known) {
            let known = METHODS.join(", ");
            let message =
                format!("expected a method, as in `#[route(GET, \"items/{{id}}\")]`: {known}");
            return Err(Error::new(method.span(), message));
        }
        input.parse::<Token![,]>()?;
        let path = Path::read(input.parse()?)?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        let keys = Keys {
            texts: &["permission"],
            numbers: &[],
            flags: &["public", "signed_in", "webhook"],
        };
        let mut fields = Fields::read(input, &keys)?;
        let webhook = fields.take_flag("webhook");
        let access = match (&webhook, fields.access()?) {
            (Some(flag), Some(Access::SignedIn | Access::Permission(_))) => {
                let message = "a webhook is for nobody, whoever is signed in: it is `public`";
                return Err(Error::new(flag.span(), message));
            }
            (Some(_), _) => Access::Public,
            (None, said) => said.unwrap_or(Access::SignedIn),
        };
        Ok(Self {
            function: function.sig.ident.clone(),
            takes_request: !function.sig.inputs.is_empty(),
            method: method.to_string(),
            path,
            access,
            webhook: webhook.is_some(),
        })
    }

    /// Adds it to others, of which none answers the same.
    pub(crate) fn add_to(self, others: &mut Vec<Self>) -> Result<()> {
        let (method, path) = (&self.method, self.path.text());
        let mut known = others.iter();
        if known.any(|other| other.method == *method && other.path.text() == path) {
            let message = format!("another function answers `{method} {path}`");
            return Err(Error::new_spanned(&self.function, message));
        }
        others.push(self);
        Ok(())
    }
}

/// A function that is told of something, by one of its marks.
pub(crate) struct Hook {
    pub(crate) function: Ident,
    pub(crate) takes_hook: bool,
    pub(crate) name: LitStr,
}

impl Hook {
    /// Takes the marks off a function that has them.
    pub(crate) fn take(function: &mut ItemFn) -> Result<Vec<Self>> {
        let marks = take(function, "hook");
        if !marks.is_empty() {
            let message = "a hook takes nothing, or the `goatkit_plugin::hooks::Hook`";
            at_most_one_argument(function, message)?;
        }
        let read = |mark: &Attribute| {
            let name: LitStr = mark.parse_args()?;
            check_hook(&name)?;
            Ok(Self {
                function: function.sig.ident.clone(),
                takes_hook: !function.sig.inputs.is_empty(),
                name,
            })
        };
        marks.iter().map(read).collect()
    }

    /// Adds it to others, of which none hooks the same.
    pub(crate) fn add_to(self, others: &mut Vec<Self>) -> Result<()> {
        let name = self.name.value();
        if others.iter().any(|other| other.name.value() == name) {
            let message = format!("another function hooks `{name}`");
            return Err(Error::new_spanned(&self.function, message));
        }
        others.push(self);
        Ok(())
    }
}

fn check_hook(name: &LitStr) -> Result<()> {
    let text = name.value();
    let (hook, pattern) = match text.split_once(':') {
        None => (&*text, "*"),
        Some((hook, pattern)) => (hook, pattern),
    };
    if !HOOKS.contains(&hook) {
        let message = format!(
            "unknown hook `{hook}`: there are {}, each with an optional `:` and pattern of what \
             it is of, as in `before_render:page:ticket.*`",
            HOOKS.join(", ")
        );
        return Err(Error::new_spanned(name, message));
    }
    let stem = pattern.strip_suffix('*').unwrap_or(pattern);
    if pattern.is_empty() || stem.contains('*') {
        let message = "behind the `:` stands what it is of, with a `*` at its end at most";
        return Err(Error::new_spanned(name, message));
    }
    Ok(())
}

/// One of the marks `#[widget]` of a function of the plugin.
pub(crate) struct Widget {
    pub(crate) id: String,
    pub(crate) title: LitStr,
    pub(crate) place: LitStr,
    pub(crate) function: Ident,
    pub(crate) access: Access,
    pub(crate) order: i32,
}

impl Widget {
    /// Takes the marks off a function that has them.
    pub(crate) fn take(function: &mut ItemFn) -> Result<Vec<Self>> {
        let marks = take(function, "widget");
        let ident = &function.sig.ident;
        let read = |mark: &Attribute| {
            let word = mark.path().require_ident()?;
            mark.parse_args_with(|input: ParseStream<'_>| Self::read(ident, word, input))
        };
        marks.iter().map(read).collect()
    }

    fn read(function: &Ident, word: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let keys = Keys {
            texts: &["place", "title", "id", "permission"],
            numbers: &["order"],
            flags: &["public", "signed_in"],
        };
        let mut fields = Fields::read(input, &keys)?;
        let id = match fields.optional("id") {
            Some(id) if is_id(&id.value()) => id.value(),
            Some(id) => {
                let message =
                    "a widget's id is a to z, 0 to 9, `-` and `_`, beginning with a letter";
                return Err(Error::new_spanned(id, message));
            }
            None => function.to_string().replace('_', "-"),
        };
        Ok(Self {
            id,
            title: fields.required(word, "title")?,
            place: fields.required(word, "place")?,
            function: function.clone(),
            access: fields.access()?.unwrap_or(Access::SignedIn),
            order: fields.order(),
        })
    }

    /// Adds it to others, of which none has its identifier.
    pub(crate) fn add_to(self, others: &mut Vec<Self>) -> Result<()> {
        if others.iter().any(|other| other.id == self.id) {
            let message = format!("another widget has the id `{}`: say `id = \"…\"`", self.id);
            return Err(Error::new_spanned(&self.function, message));
        }
        others.push(self);
        Ok(())
    }
}

fn is_id(text: &str) -> bool {
    let inner =
        |next: char| next.is_ascii_lowercase() || next.is_ascii_digit() || "-_".contains(next);
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.chars().all(inner)
}

/// Takes a mark without anything between parentheses off a function that has it.
pub(crate) fn take_word(function: &mut ItemFn, word: &str) -> Result<bool> {
    let marks = take(function, word);
    for mark in &marks {
        if !matches!(mark.meta, Meta::Path(_)) {
            return Err(Error::new_spanned(mark, format!("expected `#[{word}]`")));
        }
    }
    Ok(!marks.is_empty())
}

fn take(function: &mut ItemFn, word: &str) -> Vec<Attribute> {
    let is_mark = |it: &mut Attribute| it.path().is_ident(word);
    function.attrs.extract_if(.., is_mark).collect()
}

fn at_most_one_argument(function: &ItemFn, message: &str) -> Result<()> {
    callable(function)?;
    if function.sig.inputs.len() > 1 {
        return Err(Error::new_spanned(&function.sig, message));
    }
    Ok(())
}
