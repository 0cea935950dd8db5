//! The table: what each capability promises, a row each, what is permitted beside what is
//! refused. One file per capability, in the order of the table of capabilities.

mod app;
mod cache;
mod config;
mod context;
mod db;
mod events;
mod http;
mod i18n;
mod log;
mod mail;
mod plugins;
mod schedule;
mod templates;
mod transaction;

use crate::case::Case;

/// All rows.
pub const TABLE: &[&[Case]] = &[
    context::CASES,
    log::CASES,
    i18n::CASES,
    config::CASES,
    db::CASES,
    transaction::CASES,
    app::CASES,
    http::CASES,
    mail::CASES,
    cache::CASES,
    schedule::CASES,
    templates::CASES,
    plugins::CASES,
    events::CASES,
];

/// The functions of the package `conformance`: one for each function of the host, and one for
/// what is put together: a transaction, a request, a message, a plan.
pub const FUNCTIONS: &[&str] = &[
    "context_actor",
    "context_has_permission",
    "context_tenant",
    "context_locale",
    "context_now",
    "context_request_id",
    "context_deadline",
    "context_entry",
    "context_caller",
    "log_write",
    "i18n_translate",
    "i18n_translate_to",
    "i18n_locales",
    "config_get",
    "config_secret",
    "config_keys",
    "db_query",
    "db_execute",
    "db_transaction",
    "app_functions",
    "app_call",
    "http_request",
    "http_send_many",
    "mail_message",
    "cache_get",
    "cache_set",
    "cache_delete",
    "schedule_plan",
    "schedule_schedule_job",
    "schedule_cancel",
    "schedule_list",
    "templates_render",
    "plugins_functions",
    "plugins_call",
    "events_publish",
];

#[cfg(test)]
mod tests;
