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
    imports: {
        "goatkit:plugin/db": async,
        "goatkit:plugin/app.call": async,
        "goatkit:plugin/http.send": async,
        "goatkit:plugin/http.send-many": async,
        "goatkit:plugin/http.[constructor]request": trappable,
        "goatkit:plugin/mail.send": async,
        "goatkit:plugin/mail.[constructor]message": trappable,
        "goatkit:plugin/cache": async,
        "goatkit:plugin/schedule.schedule": async,
        "goatkit:plugin/schedule.schedule-job": async,
        "goatkit:plugin/schedule.cancel": async,
        "goatkit:plugin/schedule.list": async,
        "goatkit:plugin/schedule.[constructor]plan": trappable,
        "goatkit:plugin/templates": async,
        "goatkit:plugin/plugins.call": async,
    },
    exports: { default: async },
    with: {
        "goatkit:plugin/db.transaction": crate::doors::db::Handle,
        "goatkit:plugin/http.request": crate::doors::drafts::Request,
        "goatkit:plugin/mail.message": crate::doors::drafts::Message,
        "goatkit:plugin/schedule.plan": crate::doors::drafts::Plan,
    },
});
