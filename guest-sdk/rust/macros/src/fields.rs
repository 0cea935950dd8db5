//! What may stand between parentheses: `key = "value"` pairs, numbers and bare flags; and the two
//! things that most of them say, a path and who may see it. Read by `declaration` for the
//! attribute's arguments, and by the marks.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::{Error, Ident, LitInt, LitStr, Result, Token};

/// Which keys there are, by what they say.
pub(crate) struct Keys {
    pub(crate) texts: &'static [&'static str],
    pub(crate) numbers: &'static [&'static str],
    pub(crate) flags: &'static [&'static str],
}

/// What was said, each at most once.
#[derive(Default)]
pub(crate) struct Fields {
    texts: Vec<(Ident, LitStr)>,
    numbers: Vec<(Ident, i32)>,
    flags: Vec<Ident>,
}

impl Fields {
    pub(crate) fn read(content: ParseStream<'_>, keys: &Keys) -> Result<Self> {
        let mut fields = Self::default();
        while !content.is_empty() {
            let key: Ident = content.parse()?;
            if fields.has(&key) {
                return Err(Error::new(key.span(), format!("`{key}` is given twice")));
            }
            let is_of = |names: &[&str]| names.iter().any(|name| key == name);
            if is_of(keys.flags) {
                fields.flags.push(key);
            } else if is_of(keys.texts) {
                content.parse::<Token![=]>()?;
                fields.texts.push((key, content.parse()?));
            } else if is_of(keys.numbers) {
                content.parse::<Token![=]>()?;
                fields.numbers.push((key, number(content)?));
            } else {
                let known = [keys.texts, keys.numbers, keys.flags].concat().join(", ");
                let message = format!("unknown `{key}`: known are {known}");
                return Err(Error::new(key.span(), message));
            }
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        Ok(fields)
    }

    fn has(&self, key: &Ident) -> bool {
        self.flags.contains(key)
            || self.texts.iter().any(|(known, _)| known == key)
            || self.numbers.iter().any(|(known, _)| known == key)
    }

    pub(crate) fn optional(&mut self, key: &str) -> Option<LitStr> {
        let place = self.texts.iter().position(|(known, _)| known == key)?;
        Some(self.texts.swap_remove(place).1)
    }

    pub(crate) fn required(&mut self, word: &Ident, key: &str) -> Result<LitStr> {
        let missing = || Error::new(word.span(), format!("`{word}` needs `{key} = \"…\"`"));
        self.optional(key).ok_or_else(missing)
    }

    /// Nothing said is nought.
    pub(crate) fn order(&self) -> i32 {
        let mut numbers = self.numbers.iter();
        let found = numbers.find(|(key, _)| key == "order");
        found.map_or(0, |(_, order)| *order)
    }

    pub(crate) fn path(&mut self, word: &Ident) -> Result<Path> {
        Path::read(self.required(word, "path")?)
    }

    /// Whether a flag was set. It is not looked at again.
    pub(crate) fn take_flag(&mut self, name: &str) -> Option<Ident> {
        let place = self.flags.iter().position(|flag| flag == name)?;
        Some(self.flags.swap_remove(place))
    }

    /// Who may see it, where that is said.
    pub(crate) fn access(&mut self) -> Result<Option<Access>> {
        let permission = self.optional("permission");
        let flag = self.flags.pop();
        let span = flag.as_ref().map_or_else(Span::call_site, Ident::span);
        match (permission, flag) {
            _ if !self.flags.is_empty() => Err(contradiction(span)),
            (Some(_), Some(_)) => Err(contradiction(span)),
            (Some(permission), None) => Ok(Some(Access::Permission(permission))),
            (None, Some(flag)) if flag == "public" => Ok(Some(Access::Public)),
            (None, Some(_)) => Ok(Some(Access::SignedIn)),
            (None, None) => Ok(None),
        }
    }
}

fn contradiction(span: Span) -> Error {
    Error::new(span, "say one of permission, public and signed_in")
}

fn number(content: ParseStream<'_>) -> Result<i32> {
    let minus: Option<Token![-]> = content.parse()?;
    let number: LitInt = content.parse()?;
    let number: i32 = number.base10_parse()?;
    Ok(if minus.is_some() { -number } else { number })
}

/// Who may see or call something.
pub(crate) enum Access {
    Public,
    SignedIn,
    Permission(LitStr),
}

impl ToTokens for Access {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let access = match self {
            Self::Public => quote!(Public),
            Self::SignedIn => quote!(SignedIn),
            Self::Permission(name) => quote!(Permission(::std::string::String::from(#name))),
        };
        tokens.extend(quote!(::goatkit_plugin::registration::Access::#access));
    }
}

/// A path of the application, or one below the plugin's own prefix, which does not begin with
/// `/`.
#[derive(Clone)]
pub(crate) struct Path(LitStr);

impl Path {
    pub(crate) fn read(path: LitStr) -> Result<Self> {
        if path.value().is_empty() {
            let message = "an empty path: one of the application's begins with `/`, one of the \
                           plugin's own is written without";
            return Err(Error::new(path.span(), message));
        }
        Ok(Self(path))
    }

    pub(crate) fn text(&self) -> String {
        self.0.value()
    }
}

/// The whole path, as a text that the compiler puts together: only it knows the package's name.
impl ToTokens for Path {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let path = &self.0;
        tokens.extend(match path.value().starts_with('/') {
            true => quote!(#path),
            false => quote! {
                ::std::concat!("/plugins/", ::std::env!("CARGO_PKG_NAME"), "/", #path)
            },
        });
    }
}
