//! What the attribute writes into the module: the struct `Plugin`, its implementations of
//! the SDK's traits, and the exports on the wasm target. What it registers is written by
//! `registration`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, ItemMod, Result};

use crate::declaration::Declaration;
use crate::job::Job;
use crate::marks::{Hook, Route, Widget};
use crate::module::{Function, Module, Step};
use crate::registration::registration;

pub(crate) fn plugin(arguments: TokenStream, module: TokenStream) -> Result<TokenStream> {
    let declaration: Declaration = syn::parse2(arguments)?;
    let item: ItemMod = syn::parse2(module)?;
    let module = Module::read(item)?;

    let registration = registration(&declaration, &module);
    let call = call(&module.functions);
    let lifecycle = lifecycle(&module.lifecycle);
    let jobs = jobs(&module.jobs);
    let routes = routes(&module.routes);
    let hooks = hooks(&module.hooks);
    let widgets = module.widgets.iter().map(|it| is_html(it, &module));
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
            #routes
            #hooks
            #(#widgets)*
            #exports
        }
    })
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

fn routes(routes: &[Route]) -> Option<TokenStream> {
    let arms = routes.iter().map(|route| {
        let Route {
            function,
            method,
            path,
            ..
        } = route;
        let told = route.takes_request.then(|| quote!(request));
        quote! {
            if request.is_for(#method, #path) {
                return ::goatkit_plugin::routes::IntoResponse::into_response(#function(#told));
            }
        }
    });
    (!routes.is_empty()).then(|| {
        quote! {
            impl ::goatkit_plugin::Routes for Plugin {
                fn handle(
                    request: ::goatkit_plugin::routes::Request,
                ) -> ::std::result::Result<
                    ::goatkit_plugin::routes::Response,
                    ::goatkit_plugin::Error,
                > {
                    #(#arms)*
                    ::std::result::Result::Err(request.unknown())
                }
            }
        }
    })
}

fn hooks(hooks: &[Hook]) -> Option<TokenStream> {
    let arms = hooks.iter().map(|hook| {
        let Hook { function, name, .. } = hook;
        let told = hook.takes_hook.then(|| quote!(hook));
        quote! {
            if hook.is_for(#name) {
                return ::goatkit_plugin::hooks::answer(#function(#told));
            }
        }
    });
    (!hooks.is_empty()).then(|| {
        quote! {
            impl ::goatkit_plugin::Hooks for Plugin {
                fn run(
                    hook: ::goatkit_plugin::hooks::Hook,
                ) -> ::std::result::Result<
                    ::std::option::Option<::std::string::String>,
                    ::goatkit_plugin::Error,
                > {
                    #(#arms)*
                    ::std::result::Result::Err(hook.unknown())
                }
            }
        }
    })
}

/// What a widget's function returns is for the compiler to judge: an alias is no mistake.
fn is_html(widget: &Widget, module: &Module) -> Option<TokenStream> {
    let mut functions = module.functions.iter();
    let Function { returns, .. } = functions.find(|it| it.name == widget.function)?;
    let message = format!("`{}` is a widget: it returns `Html`", widget.function);
    Some(quote! {
        const _: () = ::std::assert!(
            <#returns as ::goatkit_plugin::Answer>::KIND.is_html(),
            #message,
        );
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
    let routes = (!module.routes.is_empty())
        .then(|| quote!(::goatkit_plugin::raw::routes::export_routes!(Plugin);));
    let hooks = (!module.hooks.is_empty())
        .then(|| quote!(::goatkit_plugin::raw::hooks::export_hooks!(Plugin);));
    quote! {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            ::goatkit_plugin::raw::export_registration!(Plugin);
            #functions
            #lifecycle
            #jobs
            #routes
            #hooks
        };

        #[cfg(not(target_arch = "wasm32"))]
        const _: Plugin = Plugin;
    }
}
