//! The bindings of the contract, as generated: what [`macro@crate::plugin`] expands to,
//! for whoever writes exports by hand.
//!
//! Six worlds instead of one, because a component has to export the whole of its world
//! and a plugin only what it implements:
//!
//! | what | trait | exported by |
//! |---|---|---|
//! | this module | `exports::goatkit::plugin::registration::Guest` | [`export_registration!`] |
//! | [`functions`] | `functions::exports::goatkit::plugin::functions::Guest` | [`functions::export_functions!`] |
//! | [`lifecycle`] | `lifecycle::exports::goatkit::plugin::lifecycle::Guest` | [`lifecycle::export_lifecycle!`] |
//! | [`jobs`] | `jobs::exports::goatkit::plugin::jobs::Guest` | [`jobs::export_jobs!`] |
//! | [`routes`] | `routes::exports::goatkit::plugin::routes::Guest` | [`routes::export_routes!`] |
//! | [`hooks`] | `hooks::exports::goatkit::plugin::hooks::Guest` | [`hooks::export_hooks!`] |
//!
//! Imports are functions below `goatkit::plugin`; those that a plugin does not call are
//! not in its component. On other targets than wasm this compiles, and calling an import
//! panics: the crate's own modules go to the stand-in instead.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::undocumented_unsafe_blocks,
    reason = "generated code"
)]

/// The contract's interface `types`, for the generated code: the types of this crate.
pub mod types {
    pub use crate::db::Value;
    pub use crate::error::Error as CallError;
    pub use crate::types::{Denial, Failure, Fault, Timestamp};

    /// A JSON text.
    pub type Json = String;
}

wit_bindgen::generate!({
    path: "../../wit",
    world: "plugin-base",
    with: { "goatkit:plugin/types@0.1.0": crate::raw::types },
    additional_derives: [PartialEq],
    pub_export_macro: true,
    export_macro_name: "export_registration",
    default_bindings_module: "goatkit_plugin::raw",
});

/// The bindings of the export `functions`.
pub mod functions {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package goatkit:sdk;
            world functions { export goatkit:plugin/functions@0.1.0; }
        ",
        with: { "goatkit:plugin/types@0.1.0": crate::raw::types },
        generate_all,
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_functions",
        default_bindings_module: "goatkit_plugin::raw::functions",
    });
}

/// The bindings of the export `lifecycle`.
pub mod lifecycle {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package goatkit:sdk;
            world lifecycle { export goatkit:plugin/lifecycle@0.1.0; }
        ",
        with: { "goatkit:plugin/types@0.1.0": crate::raw::types },
        generate_all,
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_lifecycle",
        default_bindings_module: "goatkit_plugin::raw::lifecycle",
    });
}

/// The bindings of the export `jobs`.
pub mod jobs {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package goatkit:sdk;
            world jobs { export goatkit:plugin/jobs@0.1.0; }
        ",
        with: { "goatkit:plugin/types@0.1.0": crate::raw::types },
        generate_all,
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_jobs",
        default_bindings_module: "goatkit_plugin::raw::jobs",
    });
}

/// The bindings of the export `routes`.
pub mod routes {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package goatkit:sdk;
            world routes { export goatkit:plugin/routes@0.1.0; }
        ",
        with: { "goatkit:plugin/types@0.1.0": crate::raw::types },
        generate_all,
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_routes",
        default_bindings_module: "goatkit_plugin::raw::routes",
    });
}

/// The bindings of the export `hooks`.
pub mod hooks {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package goatkit:sdk;
            world hooks { export goatkit:plugin/hooks@0.1.0; }
        ",
        with: { "goatkit:plugin/types@0.1.0": crate::raw::types },
        generate_all,
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_hooks",
        default_bindings_module: "goatkit_plugin::raw::hooks",
    });
}
