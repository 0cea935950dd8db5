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
            import goatkit:plugin/http@0.1.0;
            import goatkit:plugin/mail@0.1.0;
            import goatkit:plugin/cache@0.1.0;
            import goatkit:plugin/schedule@0.1.0;
            import goatkit:plugin/templates@0.1.0;
            import goatkit:plugin/plugins@0.1.0;
            import goatkit:plugin/events@0.1.0;

            export goatkit:plugin/registration@0.1.0;
            export goatkit:plugin/functions@0.1.0;
            export goatkit:plugin/lifecycle@0.1.0;
            export goatkit:plugin/jobs@0.1.0;
            export goatkit:plugin/hooks@0.1.0;
            export goatkit:plugin/routes@0.1.0;
        }
    "#,
    // Faults are converted, counted and told to spans in one place, `types`.
    imports: {
        default: trappable,
        "goatkit:plugin/db": async | trappable,
        "goatkit:plugin/app.call": async | trappable,
        "goatkit:plugin/http.send": async | trappable,
        "goatkit:plugin/http.send-many": async | trappable,
        "goatkit:plugin/mail.send": async | trappable,
        "goatkit:plugin/cache": async | trappable,
        "goatkit:plugin/schedule.schedule": async | trappable,
        "goatkit:plugin/schedule.schedule-job": async | trappable,
        "goatkit:plugin/schedule.cancel": async | trappable,
        "goatkit:plugin/schedule.list": async | trappable,
        "goatkit:plugin/templates": async | trappable,
        "goatkit:plugin/plugins.call": async | trappable,
    },
    trappable_error_type: {
        "goatkit:plugin/types.fault" => goatkit_capability::Fault,
    },
    exports: { default: async },
    wasmtime_crate: crate::doors::around,
    with: {
        "goatkit:plugin/db.transaction": crate::doors::db::Handle,
        "goatkit:plugin/http.request": crate::doors::drafts::Request,
        "goatkit:plugin/mail.message": crate::doors::drafts::Message,
        "goatkit:plugin/schedule.plan": crate::doors::drafts::Plan,
    },
});
