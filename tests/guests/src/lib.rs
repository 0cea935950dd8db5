//! What the guests share: how a few lines become a plugin.
//!
//! A guest is a file of `guests/` with one behaviour, which its first line names. Its
//! plugin is called as the file is, with `-` for `_`. The tests build all of them at once
//! and read their components through `goatkit-test-support`.

use goatkit_plugin::registration::{Argument, Function, Plugin};

/// The version of every guest that has no reason for another.
pub const VERSION: &str = "1.0.0";

/// A plugin with functions and nothing else.
pub fn plugin(name: &str, version: &str, functions: Vec<Function>) -> Plugin {
    Plugin {
        name: name.replace('_', "-"),
        version: version.to_owned(),
        functions,
        hooks: Vec::new(),
        menu_items: Vec::new(),
        pages: Vec::new(),
        routes: Vec::new(),
        widgets: Vec::new(),
        jobs: Vec::new(),
        permissions: Vec::new(),
        event_authorizer: None,
        mount: None,
        extra: Vec::new(),
    }
}

/// A function with arguments of a name and a type.
pub fn function(name: &str, args: &[(&str, &str)], returns: &str) -> Function {
    let argument = |(name, kind): &(&str, &str)| Argument {
        name: (*name).to_owned(),
        type_: (*kind).to_owned(),
        extra: Vec::new(),
    };
    Function {
        name: name.to_owned(),
        args: args.iter().map(argument).collect(),
        returns: returns.to_owned(),
        description: format!("{name} of a guest"),
        expose: false,
        extra: Vec::new(),
    }
}

/// A guest that has functions: their signatures, then what is called with a function's
/// name and its arguments. A name and a version of its own may come first.
#[macro_export]
macro_rules! guest {
    (
        ($name:expr, $version:expr):
        $($function:ident($($arg:ident: $kind:literal),*) -> $returns:literal),+;
        $call:expr
    ) => {
        struct Guest;

        impl ::goatkit_plugin::Plugin for Guest {
            fn registration() -> ::goatkit_plugin::registration::Plugin {
                let functions = vec![$($crate::function(
                    stringify!($function),
                    &[$((stringify!($arg), $kind)),*],
                    $returns,
                )),+];
                $crate::plugin($name, $version, functions)
            }

            fn call(
                function: &str,
                args: &str,
            ) -> Result<::goatkit_plugin::Output, ::goatkit_plugin::Error> {
                let call: fn(&str, &str) -> Result<_, _> = $call;
                call(function, args)
            }
        }

        ::goatkit_plugin::raw::export_registration!(Guest);
        ::goatkit_plugin::raw::functions::export_functions!(Guest);
    };
    ($($rest:tt)+) => {
        $crate::guest!((env!("CARGO_CRATE_NAME"), $crate::VERSION): $($rest)+);
    };
}

/// A guest whose only export is `registration`: what `gk-register` answers.
#[macro_export]
macro_rules! registers {
    ($answer:expr) => {
        struct Guest;

        impl ::goatkit_plugin::raw::exports::goatkit::plugin::registration::Guest for Guest {
            fn gk_register()
            -> Result<::goatkit_plugin::registration::Plugin, ::goatkit_plugin::Error> {
                $answer
            }
        }

        ::goatkit_plugin::raw::export_registration!(Guest);
    };
}
