//! The attribute's arguments: menu items, pages and permissions. Read here, written into
//! the registration by `expand`.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Result, Token, parenthesized};

/// Everything that the attribute declares.
#[derive(Default)]
pub(crate) struct Declaration {
    pub(crate) menu_items: Vec<MenuItem>,
    pub(crate) pages: Vec<Page>,
    pub(crate) permissions: Vec<LitStr>,
}

pub(crate) struct MenuItem {
    pub(crate) label: LitStr,
    pub(crate) path: LitStr,
    pub(crate) icon: LitStr,
}

pub(crate) struct Page {
    pub(crate) path: LitStr,
    pub(crate) template: LitStr,
    pub(crate) title: LitStr,
    pub(crate) access: Access,
}

pub(crate) enum Access {
    Public,
    SignedIn,
    Permission(LitStr),
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut declaration = Self::default();
        while !input.is_empty() {
            let word: Ident = input.parse()?;
            let content;
            parenthesized!(content in input);
            match word.to_string().as_str() {
                "menu" => declaration.menu_items.push(menu_item(&word, &content)?),
                "page" => declaration.pages.push(page(&word, &content)?),
                "permissions" => {
                    let names = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
                    declaration.permissions.extend(names);
                }
                other => {
                    let message =
                        format!("unknown `{other}`: a plugin declares menu, page and permissions");
                    return Err(Error::new(word.span(), message));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(declaration)
    }
}

fn menu_item(word: &Ident, content: ParseStream<'_>) -> Result<MenuItem> {
    let mut fields = Fields::read(content, &["label", "path", "icon"], &[])?;
    Ok(MenuItem {
        label: fields.required(word, "label")?,
        path: fields.path(word)?,
        icon: fields
            .optional("icon")
            .unwrap_or_else(|| LitStr::new("", word.span())),
    })
}

fn page(word: &Ident, content: ParseStream<'_>) -> Result<Page> {
    let mut fields = Fields::read(
        content,
        &["path", "template", "title", "permission"],
        &["public", "signed_in"],
    )?;
    Ok(Page {
        path: fields.path(word)?,
        template: fields.required(word, "template")?,
        title: fields.required(word, "title")?,
        access: fields.access()?,
    })
}

/// `key = "value"` pairs and bare flags, each at most once.
struct Fields {
    values: Vec<(Ident, LitStr)>,
    flags: Vec<Ident>,
}

impl Fields {
    fn read(content: ParseStream<'_>, keys: &[&str], flags: &[&str]) -> Result<Self> {
        let mut fields = Self {
            values: Vec::new(),
            flags: Vec::new(),
        };
        while !content.is_empty() {
            let key: Ident = content.parse()?;
            if fields.has(&key) {
                return Err(Error::new(key.span(), format!("`{key}` is given twice")));
            }
            if flags.iter().any(|flag| key == flag) {
                fields.flags.push(key);
            } else if keys.iter().any(|known| key == known) {
                content.parse::<Token![=]>()?;
                fields.values.push((key, content.parse()?));
            } else {
                let known = [keys, flags].concat().join(", ");
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
        self.flags.contains(key) || self.values.iter().any(|(known, _)| known == key)
    }

    fn optional(&mut self, key: &str) -> Option<LitStr> {
        let place = self.values.iter().position(|(known, _)| known == key)?;
        Some(self.values.swap_remove(place).1)
    }

    fn required(&mut self, word: &Ident, key: &str) -> Result<LitStr> {
        let missing = || Error::new(word.span(), format!("`{word}` needs `{key} = \"…\"`"));
        self.optional(key).ok_or_else(missing)
    }

    fn path(&mut self, word: &Ident) -> Result<LitStr> {
        let path = self.required(word, "path")?;
        if path.value().starts_with('/') {
            Ok(path)
        } else {
            Err(Error::new(path.span(), "a path begins with `/`"))
        }
    }

    fn access(&mut self) -> Result<Access> {
        let permission = self.optional("permission");
        let flag = self.flags.pop();
        let span = flag.as_ref().map_or_else(Span::call_site, Ident::span);
        match (permission, flag) {
            _ if !self.flags.is_empty() => Err(contradiction(span)),
            (Some(_), Some(_)) => Err(contradiction(span)),
            (Some(permission), None) => Ok(Access::Permission(permission)),
            (None, Some(flag)) if flag == "public" => Ok(Access::Public),
            (None, _) => Ok(Access::SignedIn),
        }
    }
}

fn contradiction(span: Span) -> Error {
    Error::new(span, "say one of permission, public and signed_in")
}
