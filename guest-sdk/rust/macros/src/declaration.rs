//! The attribute's arguments: menu items, pages, permissions and who may reach what is mounted.
//! Read here, written into the registration by `registration`.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Result, Token, parenthesized};

use crate::fields::{Access, Fields, Keys, Path};

/// Everything that the attribute declares.
#[derive(Default)]
pub(crate) struct Declaration {
    pub(crate) menu_items: Vec<MenuItem>,
    pub(crate) pages: Vec<Page>,
    pub(crate) permissions: Vec<LitStr>,
    pub(crate) mount: Option<Access>,
}

pub(crate) struct MenuItem {
    pub(crate) id: Option<LitStr>,
    pub(crate) label: LitStr,
    pub(crate) path: Path,
    pub(crate) icon: Option<LitStr>,
    pub(crate) location: Option<LitStr>,
    pub(crate) order: i32,
    pub(crate) access: Access,
    pub(crate) parent: Option<LitStr>,
}

pub(crate) struct Page {
    pub(crate) path: Path,
    pub(crate) template: LitStr,
    pub(crate) title: LitStr,
    pub(crate) access: Access,
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
                "mount" => {
                    if declaration.mount.replace(mount(&word, &content)?).is_some() {
                        return Err(Error::new(word.span(), "`mount` is given twice"));
                    }
                }
                other => return Err(Error::new(word.span(), unknown(other))),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(declaration)
    }
}

/// What stands elsewhere is not only refused: the message says where.
fn unknown(word: &str) -> String {
    match word {
        "route" | "widget" | "hook" | "job" | "expose" | "authorizes_events" => {
            format!("`{word}` is a mark: write `#[{word}…]` on a function of the module")
        }
        other => {
            format!("unknown `{other}`: a plugin declares menu, page, permissions and mount")
        }
    }
}

fn menu_item(word: &Ident, content: ParseStream<'_>) -> Result<MenuItem> {
    let keys = Keys {
        texts: &[
            "label",
            "path",
            "icon",
            "id",
            "location",
            "parent",
            "permission",
        ],
        numbers: &["order"],
        flags: &["public", "signed_in"],
    };
    let mut fields = Fields::read(content, &keys)?;
    Ok(MenuItem {
        label: fields.required(word, "label")?,
        path: fields.path(word)?,
        icon: fields.optional("icon"),
        id: fields.optional("id"),
        location: fields.optional("location"),
        parent: fields.optional("parent"),
        order: fields.order(),
        // What it leads to says who may see it.
        access: fields.access()?.unwrap_or(Access::Public),
    })
}

fn page(word: &Ident, content: ParseStream<'_>) -> Result<Page> {
    let keys = Keys {
        texts: &["path", "template", "title", "permission"],
        numbers: &[],
        flags: &["public", "signed_in"],
    };
    let mut fields = Fields::read(content, &keys)?;
    Ok(Page {
        path: fields.path(word)?,
        template: fields.required(word, "template")?,
        title: fields.required(word, "title")?,
        access: fields.access()?.unwrap_or(Access::SignedIn),
    })
}

fn mount(word: &Ident, content: ParseStream<'_>) -> Result<Access> {
    let keys = Keys {
        texts: &["permission"],
        numbers: &[],
        flags: &["public", "signed_in"],
    };
    let missing = || {
        let message = "`mount` needs `permission = \"…\"`, `public` or `signed_in`";
        Error::new(word.span(), message)
    };
    Fields::read(content, &keys)?.access()?.ok_or_else(missing)
}
