//! The contract's types and functions, generated from `wit/`. Bound per interface: the
//! world below exists for the generator, and no component is ever held against it.

#![allow(missing_docs)] // the contract documents them

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: r#"
        package goatkit:host;

        world doors {
            import goatkit:plugin/types@0.1.0;
            import goatkit:plugin/context@0.1.0;
            import goatkit:plugin/log@0.1.0;
            import goatkit:plugin/i18n@0.1.0;
            import goatkit:plugin/config@0.1.0;
            import goatkit:plugin/db@0.1.0;
            import goatkit:plugin/app@0.1.0;

            export goatkit:plugin/registration@0.1.0;
            export goatkit:plugin/functions@0.1.0;
            export goatkit:plugin/lifecycle@0.1.0;
        }
    "#,
    imports: { "goatkit:plugin/db": async, "goatkit:plugin/app.call": async },
    exports: { default: async },
    with: { "goatkit:plugin/db.transaction": crate::doors::db::Handle },
});
