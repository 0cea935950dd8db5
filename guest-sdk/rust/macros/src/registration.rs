//! What the plugin registers, as the attribute writes it into the module: the method
//! `registration` of the SDK's trait.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Ident, LitStr};

use crate::declaration::{Declaration, MenuItem, Page};
use crate::job::Job;
use crate::marks::{Route, Widget};
use crate::module::{Argument, Function, Module};

pub(crate) fn registration(declaration: &Declaration, module: &Module) -> TokenStream {
    let functions = module.functions.iter().map(function);
    let jobs = module.jobs.iter().map(registered_job);
    let menu_items = declaration.menu_items.iter().map(menu_item);
    let pages = declaration.pages.iter().map(page);
    let permissions = declaration.permissions.iter().map(owned);
    let mount = option(declaration.mount.as_ref().map(ToTokens::to_token_stream));
    let hooks = module.hooks.iter().map(|hook| owned(&hook.name));
    let routes = module.routes.iter().map(route);
    let widgets = module.widgets.iter().map(widget);
    let authorizer = module.event_authorizer.iter().map(Ident::to_string);
    let authorizer = option(
        authorizer
            .map(|name| quote!(::std::string::String::from(#name)))
            .next(),
    );
    quote! {
        fn registration() -> ::goatkit_plugin::registration::Plugin {
            ::goatkit_plugin::registration::Plugin {
                name: ::std::string::String::from(::std::env!("CARGO_PKG_NAME")),
                version: ::std::string::String::from(::std::env!("CARGO_PKG_VERSION")),
                functions: ::std::vec![#(#functions),*],
                hooks: ::std::vec![#(#hooks),*],
                menu_items: ::std::vec![#(#menu_items),*],
                pages: ::std::vec![#(#pages),*],
                routes: ::std::vec![#(#routes),*],
                widgets: ::std::vec![#(#widgets),*],
                jobs: ::std::vec![#(#jobs),*],
                permissions: ::std::vec![#(#permissions),*],
                event_authorizer: #authorizer,
                mount: #mount,
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
        expose,
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
            expose: #expose,
            extra: ::std::vec![],
        }
    }
}

fn menu_item(item: &MenuItem) -> TokenStream {
    let MenuItem {
        id,
        label,
        path,
        icon,
        location,
        order,
        access,
        parent,
    } = item;
    let [id, icon, location] = [id, icon, location].map(|text| match text {
        Some(text) => owned(text),
        None => quote!(::std::string::String::new()),
    });
    let parent = option(parent.as_ref().map(owned));
    quote! {
        ::goatkit_plugin::registration::MenuItem {
            id: #id,
            label: ::std::string::String::from(#label),
            path: ::std::string::String::from(#path),
            icon: #icon,
            location: #location,
            order: #order,
            access: #access,
            parent: #parent,
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
    quote! {
        ::goatkit_plugin::registration::Page {
            path: ::std::string::String::from(#path),
            template: ::std::string::String::from(#template),
            title: ::std::string::String::from(#title),
            access: #access,
            extra: ::std::vec![],
        }
    }
}

fn route(route: &Route) -> TokenStream {
    let Route {
        method,
        path,
        access,
        webhook,
        ..
    } = route;
    quote! {
        ::goatkit_plugin::registration::Route {
            method: ::std::string::String::from(#method),
            path: ::std::string::String::from(#path),
            access: #access,
            webhook: #webhook,
            extra: ::std::vec![],
        }
    }
}

fn widget(widget: &Widget) -> TokenStream {
    let Widget {
        id,
        title,
        place,
        function,
        access,
        order,
    } = widget;
    let function = function.to_string();
    quote! {
        ::goatkit_plugin::registration::Widget {
            id: ::std::string::String::from(#id),
            title: ::std::string::String::from(#title),
            place: ::std::string::String::from(#place),
            function: ::std::string::String::from(#function),
            access: #access,
            order: #order,
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

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::std::option::Option::Some(#value)),
        None => quote!(::std::option::Option::None),
    }
}
