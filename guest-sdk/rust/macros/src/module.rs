//! The annotated module: which of its functions are the plugin's, which belong to its
//! lifecycle, which are its jobs, its routes, its hooks, and what their signatures say.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    AttrStyle, Attribute, Error, Expr, ExprLit, FnArg, Ident, Item, ItemFn, ItemMod, Lit, Meta,
    Pat, Result, ReturnType, Type, Visibility,
};

use crate::job::Job;
use crate::marks::{Hook, Route, Widget, take_word};

/// The module without the marks that only this macro understands, and what they said.
pub(crate) struct Module {
    pub(crate) item: ItemMod,
    pub(crate) functions: Vec<Function>,
    pub(crate) lifecycle: Vec<(Step, Ident)>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) routes: Vec<Route>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) widgets: Vec<Widget>,
    pub(crate) event_authorizer: Option<Ident>,
}

pub(crate) struct Function {
    pub(crate) name: Ident,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) returns: TokenStream,
    pub(crate) description: String,
    /// Whether other plugins may call it.
    pub(crate) expose: bool,
}

pub(crate) struct Argument {
    pub(crate) name: Ident,
    /// What is read; for `&str` it is `str`'s owned type.
    pub(crate) owned: TokenStream,
    /// What a reference points at, where the argument is one.
    pub(crate) borrowed: Option<Type>,
}

/// The parts of the lifecycle, named as their marks are.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Activate,
    Deactivate,
    Remove,
}

impl Step {
    const ALL: [(Self, &str); 3] = [
        (Self::Activate, "activate"),
        (Self::Deactivate, "deactivate"),
        (Self::Remove, "remove"),
    ];

    fn of(attribute: &Attribute) -> Option<Self> {
        let mark = |(_, name): &&(Self, &str)| attribute.path().is_ident(name);
        Self::ALL.iter().find(mark).map(|(step, _)| *step)
    }

    fn arguments(self) -> usize {
        usize::from(self == Self::Activate)
    }
}

impl Module {
    pub(crate) fn read(mut item: ItemMod) -> Result<Self> {
        let Some((_, items)) = &mut item.content else {
            let message = "write the module's functions between braces here: \
                           the attribute cannot see another file";
            return Err(Error::new_spanned(&item, message));
        };
        // The module is written anew, where only outer attributes can stand before it.
        for attribute in &mut item.attrs {
            attribute.style = AttrStyle::Outer;
        }
        let items = std::mem::take(items);
        let mut module = Self {
            item,
            functions: Vec::new(),
            lifecycle: Vec::new(),
            jobs: Vec::new(),
            routes: Vec::new(),
            hooks: Vec::new(),
            widgets: Vec::new(),
            event_authorizer: None,
        };
        let mut kept = Vec::with_capacity(items.len());
        for mut item in items {
            if let Item::Fn(function) = &mut item {
                module.add(function)?;
            }
            kept.push(item);
        }
        if let Some((_, items)) = &mut module.item.content {
            *items = kept;
        }
        Ok(module)
    }

    /// Finds out what a function is, and takes its marks off.
    fn add(&mut self, function: &mut ItemFn) -> Result<()> {
        if let Some(step) = take_step(function)? {
            if self.lifecycle.iter().any(|(known, _)| *known == step) {
                let message = "another function of the module has this mark";
                return Err(Error::new_spanned(&function.sig.ident, message));
            }
            self.lifecycle.push((step, function.sig.ident.clone()));
            return Ok(());
        }
        if let Some(job) = Job::take(function)? {
            return job.add_to(&mut self.jobs);
        }
        let (routes, hooks) = (Route::take(function)?, Hook::take(function)?);
        if !routes.is_empty() || !hooks.is_empty() {
            let mut routes = routes.into_iter();
            routes.try_for_each(|it| it.add_to(&mut self.routes))?;
            let mut hooks = hooks.into_iter();
            return hooks.try_for_each(|it| it.add_to(&mut self.hooks));
        }
        self.add_function(function)
    }

    fn add_function(&mut self, function: &mut ItemFn) -> Result<()> {
        let ident = function.sig.ident.clone();
        let widgets = Widget::take(function)?;
        let expose = take_word(function, "expose")?;
        let authorizes = take_word(function, "authorizes_events")?;
        if !matches!(function.vis, Visibility::Public(_)) {
            if expose || authorizes || !widgets.is_empty() {
                let message = "this mark is for a function of the plugin: make it a `pub fn`";
                return Err(Error::new_spanned(ident, message));
            }
            return Ok(());
        }
        let mut read = Function::read(function)?;
        read.expose = expose;
        self.functions.push(read);
        let mut widgets = widgets.into_iter();
        widgets.try_for_each(|it| it.add_to(&mut self.widgets))?;
        if authorizes && self.event_authorizer.replace(ident.clone()).is_some() {
            let message = "another function of the module authorizes events";
            return Err(Error::new_spanned(ident, message));
        }
        Ok(())
    }
}

fn take_step(function: &mut ItemFn) -> Result<Option<Step>> {
    let found = function.attrs.iter().find_map(Step::of);
    let Some(step) = found else { return Ok(None) };
    function
        .attrs
        .retain(|attribute| Step::of(attribute).is_none());
    callable(function)?;
    if function.sig.inputs.len() == step.arguments() {
        return Ok(Some(step));
    }
    let message = match step {
        Step::Activate => "takes one argument: the version before as an `Option<String>`",
        Step::Deactivate | Step::Remove => "takes no arguments",
    };
    Err(Error::new_spanned(&function.sig, message))
}

/// What a caller from outside cannot name or wait for is refused.
pub(crate) fn callable(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    let refuse = |message| Err(Error::new_spanned(signature, message));
    if signature.asyncness.is_some() {
        return refuse("a plugin's function cannot be async: the host waits, the plugin does not");
    }
    let generic = signature.generics.type_params().next().is_some()
        || signature.generics.const_params().next().is_some();
    if generic {
        return refuse("a plugin's function cannot be generic: its arguments have one type each");
    }
    Ok(())
}

impl Function {
    fn read(function: &ItemFn) -> Result<Self> {
        callable(function)?;
        let name = function.sig.ident.clone();
        if !is_plugin_name(&name.to_string()) {
            let message = "a plugin's function is named a to z, 0 to 9 and `_`, beginning with \
                           a letter, so that templates can call it";
            return Err(Error::new_spanned(name, message));
        }
        let arguments = function.sig.inputs.iter().map(Argument::read);
        Ok(Self {
            arguments: arguments.collect::<Result<_>>()?,
            returns: match &function.sig.output {
                ReturnType::Default => quote!(()),
                ReturnType::Type(_, answer) => quote!(#answer),
            },
            description: description(&function.attrs),
            expose: false,
            name,
        })
    }
}

fn is_plugin_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|next| next.is_ascii_lowercase() || next.is_ascii_digit() || next == '_')
}

impl Argument {
    fn read(input: &FnArg) -> Result<Self> {
        let FnArg::Typed(typed) = input else {
            return Err(Error::new_spanned(input, "a plugin's function has no self"));
        };
        let Pat::Ident(pattern) = &*typed.pat else {
            let message = "an argument has a plain name here, for the registration";
            return Err(Error::new_spanned(&typed.pat, message));
        };
        let name = pattern.ident.clone();
        match &*typed.ty {
            Type::Reference(reference) => {
                let target = &*reference.elem;
                Ok(Self {
                    name,
                    owned: quote!(<#target as ::std::borrow::ToOwned>::Owned),
                    borrowed: Some(target.clone()),
                })
            }
            owned => Ok(Self {
                name,
                owned: quote!(#owned),
                borrowed: None,
            }),
        }
    }
}

/// The first paragraph of the doc comment, on one line.
fn description(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(doc_line);
    let text: Vec<String> = lines
        .map(|line| line.trim().to_owned())
        .skip_while(String::is_empty)
        .take_while(|line| !line.is_empty())
        .collect();
    text.join(" ")
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) if pair.path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}
