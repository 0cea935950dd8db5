//! What the attribute writes into the module: the struct `Plugin`, its implementations of
//! the SDK's traits, and the exports on the wasm target.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, ItemMod, LitStr, Result};

use crate::declaration::{Access, Declaration, MenuItem, Page};
use crate::job::Job;
use crate::module::{Argument, Function, Module, Step};

pub(crate) fn plugin(arguments: TokenStream, module: TokenStream) -> Result<TokenStream> {
    let declaration: Declaration = syn::parse2(arguments)?;
    let item: ItemMod = syn::parse2(module)?;
    let module = Module::read(item)?;

    let registration = registration(&declaration, &module);
    let call = call(&module.functions);
    let lifecycle = lifecycle(&module.lifecycle);
    let jobs = jobs(&module.jobs);
    let exports = exports(&module);

    let ItemMod {
        attrs,
        vis,
        ident,
        content,
        ..
    } = &module.item;
    let items = content.iter().flat_map(|(_, items)| items);
    Ok(quote! {
        // `pub` says what a plugin's function is, whatever the crate's lints say of it.
        #[allow(unreachable_pub)]
        #(#attrs)*
        #vis mod #ident {
            #(#items)*

            /// The plugin that this module is.
            #[derive(Debug)]
            pub struct Plugin;

            impl ::goatkit_plugin::Plugin for Plugin {
                #registration
                #call
            }

            #lifecycle
            #jobs
            #exports
        }
    })
}

fn registration(declaration: &Declaration, module: &Module) -> TokenStream {
    let functions = module.functions.iter().map(function);
    let jobs = module.jobs.iter().map(registered_job);
    let menu_items = declaration.menu_items.iter().map(menu_item);
    let pages = declaration.pages.iter().map(page);
    let permissions = declaration.permissions.iter().map(owned);
    quote! {
        fn registration() -> ::goatkit_plugin::registration::Plugin {
            ::goatkit_plugin::registration::Plugin {
                name: ::std::string::String::from(::std::env!("CARGO_PKG_NAME")),
                version: ::std::string::String::from(::std::env!("CARGO_PKG_VERSION")),
                functions: ::std::vec![#(#functions),*],
                hooks: ::std::vec![],
                menu_items: ::std::vec![#(#menu_items),*],
                pages: ::std::vec![#(#pages),*],
                routes: ::std::vec![],
                widgets: ::std::vec![],
                jobs: ::std::vec![#(#jobs),*],
                permissions: ::std::vec![#(#permissions),*],
                event_authorizer: ::std::option::Option::None,
                mount: ::std::option::Option::None,
                extra: ::std::vec![],
            }
        }
    }
}

fn function(function: &Function) -> TokenStream {
    let Function {
        name,
        arguments,
        returns,
        description,
    } = function;
    let name = name.to_string();
    let arguments = arguments.iter().map(|Argument { name, owned, .. }| {
        let name = name.to_string();
        quote! {
            ::goatkit_plugin::registration::Argument {
                name: ::std::string::String::from(#name),
                type_: ::std::string::ToString::to_string(
                    &::goatkit_plugin::Kind::of::<#owned>(),
                ),
                extra: ::std::vec![],
            }
        }
    });
    quote! {
        ::goatkit_plugin::registration::Function {
            name: ::std::string::String::from(#name),
            args: ::std::vec![#(#arguments),*],
            returns: ::std::string::ToString::to_string(
                &<#returns as ::goatkit_plugin::Answer>::KIND,
            ),
            description: ::std::string::String::from(#description),
            expose: false,
            extra: ::std::vec![],
        }
    }
}

fn menu_item(MenuItem { label, path, icon }: &MenuItem) -> TokenStream {
    quote! {
        ::goatkit_plugin::registration::MenuItem {
            id: ::std::string::String::new(),
            label: ::std::string::String::from(#label),
            path: ::std::string::String::from(#path),
            icon: ::std::string::String::from(#icon),
            location: ::std::string::String::new(),
            order: 0,
            access: ::goatkit_plugin::registration::Access::Public,
            parent: ::std::option::Option::None,
            extra: ::std::vec![],
        }
    }
}

fn page(page: &Page) -> TokenStream {
    let Page {
        path,
        template,
        title,
        access,
    } = page;
    let access = match access {
        Access::Public => quote!(Public),
        Access::SignedIn => quote!(SignedIn),
        Access::Permission(name) => quote!(Permission(::std::string::String::from(#name))),
    };
    quote! {
        ::goatkit_plugin::registration::Page {
            path: ::std::string::String::from(#path),
            template: ::std::string::String::from(#template),
            title: ::std::string::String::from(#title),
            access: ::goatkit_plugin::registration::Access::#access,
            extra: ::std::vec![],
        }
    }
}

fn registered_job(job: &Job) -> TokenStream {
    let Job {
        name,
        cron,
        time_zone,
        args,
        ..
    } = job;
    let retries = job.retries.iter().map(|most| {
        let most = most.to_string();
        quote! {
            (::std::string::String::from("retries"), ::std::string::String::from(#most))
        }
    });
    quote! {
        ::goatkit_plugin::registration::Job {
            name: ::std::string::String::from(#name),
            cron: ::std::string::String::from(#cron),
            time_zone: ::std::string::String::from(#time_zone),
            args: ::std::string::String::from(#args),
            extra: ::std::vec![#(#retries),*],
        }
    }
}

fn owned(text: &LitStr) -> TokenStream {
    quote!(::std::string::String::from(#text))
}

fn call(functions: &[Function]) -> TokenStream {
    let arms = functions.iter().map(arm);
    quote! {
        fn call(
            function: &str,
            args: &str,
        ) -> ::std::result::Result<::goatkit_plugin::Output, ::goatkit_plugin::Error> {
            match function {
                #(#arms)*
                _ => {
                    let _ = args;
                    ::std::result::Result::Err(::goatkit_plugin::Error::Unknown(
                        ::std::string::String::from(function),
                    ))
                }
            }
        }
    }
}

/// Reads all arguments, then calls: `args` is free for an argument's name, the numbered
/// ones cannot meet it.
fn arm(
    Function {
        name, arguments, ..
    }: &Function,
) -> TokenStream {
    let text = name.to_string();
    let names = arguments.iter().map(|argument| argument.name.to_string());
    let places: Vec<Ident> = (0..arguments.len())
        .map(|place| format_ident!("argument_{place}"))
        .collect();
    let owned = arguments.iter().map(|argument| &argument.owned);
    let passed = arguments
        .iter()
        .zip(&places)
        .map(|(argument, place)| match &argument.borrowed {
            Some(target) => quote!(::std::borrow::Borrow::<#target>::borrow(&#place)),
            None => quote!(#place),
        });
    let mutable = (!arguments.is_empty()).then(|| quote!(mut));
    quote! {
        #text => {
            let #mutable arguments =
                ::goatkit_plugin::Arguments::parse(&[#(#names),*], args)?;
            #(let #places = arguments.take::<#owned>()?;)*
            ::std::mem::drop(arguments);
            ::goatkit_plugin::Answer::into_output(#name(#(#passed),*))
        }
    }
}

fn lifecycle(steps: &[(Step, Ident)]) -> Option<TokenStream> {
    let methods = steps.iter().map(|(step, function)| {
        let (name, parameter, argument) = match step {
            Step::Activate => (
                quote!(activate),
                quote!(previous: ::std::option::Option<::std::string::String>),
                quote!(previous),
            ),
            Step::Deactivate => (quote!(deactivate), quote!(), quote!()),
            Step::Remove => (quote!(remove), quote!(), quote!()),
        };
        quote! {
            fn #name(#parameter) -> ::std::result::Result<(), ::goatkit_plugin::Error> {
                #function(#argument).map_err(::std::convert::Into::into)
            }
        }
    });
    (!steps.is_empty()).then(|| {
        quote! {
            impl ::goatkit_plugin::Lifecycle for Plugin {
                #(#methods)*
            }
        }
    })
}

fn jobs(jobs: &[Job]) -> Option<TokenStream> {
    let arms = jobs.iter().map(|job| {
        let Job { name, function, .. } = job;
        let told = job.takes_run.then(|| quote!(job));
        quote! {
            #name => #function(#told).map_err(::std::convert::Into::into),
        }
    });
    (!jobs.is_empty()).then(|| {
        quote! {
            impl ::goatkit_plugin::Jobs for Plugin {
                fn run(
                    job: ::goatkit_plugin::jobs::Run,
                ) -> ::std::result::Result<(), ::goatkit_plugin::Error> {
                    match ::std::string::String::as_str(&job.name) {
                        #(#arms)*
                        _ => ::std::result::Result::Err(
                            ::goatkit_plugin::Error::Unknown(job.name),
                        ),
                    }
                }
            }
        }
    })
}

/// Only what is implemented is exported: the host holds exports against the registration.
/// Where there is nothing to export to, a constant uses the plugin, so that the compiler
/// does not take its functions for dead code.
fn exports(module: &Module) -> TokenStream {
    let functions = (!module.functions.is_empty())
        .then(|| quote!(::goatkit_plugin::raw::functions::export_functions!(Plugin);));
    let lifecycle = (!module.lifecycle.is_empty())
        .then(|| quote!(::goatkit_plugin::raw::lifecycle::export_lifecycle!(Plugin);));
    let jobs = (!module.jobs.is_empty())
        .then(|| quote!(::goatkit_plugin::raw::jobs::export_jobs!(Plugin);));
    quote! {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            ::goatkit_plugin::raw::export_registration!(Plugin);
            #functions
            #lifecycle
            #jobs
        };

        #[cfg(not(target_arch = "wasm32"))]
        const _: Plugin = Plugin;
    }
}
