//! The annotated module: which of its functions are the plugin's, which belong to its
//! lifecycle, which are its jobs, and what their signatures say.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    AttrStyle, Attribute, Error, Expr, ExprLit, FnArg, Ident, Item, ItemFn, ItemMod, Lit, Meta,
    Pat, Result, ReturnType, Type, Visibility,
};

use crate::job::Job;

/// The module without the marks that only this macro understands, and what they said.
pub(crate) struct Module {
    pub(crate) item: ItemMod,
    pub(crate) functions: Vec<Function>,
    pub(crate) lifecycle: Vec<(Step, Ident)>,
    pub(crate) jobs: Vec<Job>,
}

pub(crate) struct Function {
    pub(crate) name: Ident,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) returns: TokenStream,
    pub(crate) description: String,
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
        let (mut functions, mut lifecycle, mut jobs) = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            let Item::Fn(function) = item else { continue };
            if let Some(step) = take_step(function)? {
                if lifecycle.iter().any(|(known, _)| *known == step) {
                    let message = "another function of the module has this mark";
                    return Err(Error::new_spanned(&function.sig.ident, message));
                }
                lifecycle.push((step, function.sig.ident.clone()));
            } else if let Some(job) = Job::take(function)? {
                job.add_to(&mut jobs)?;
            } else if matches!(function.vis, Visibility::Public(_)) {
                functions.push(Function::read(function)?);
            }
        }
        Ok(Self {
            item,
            functions,
            lifecycle,
            jobs,
        })
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
