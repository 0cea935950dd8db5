//! conformance: each function calls the host function of its name with arguments given as
//! JSON, and answers `{"ok": …}` with what it answered or `{"fault": {"kind": …, …}}`.
//!
//! Whoever writes an SDK in another language writes this plugin with it and proves the SDK
//! with `gk conformance FILE`: the expected answers are the same for all. How values, rows
//! and faults look as JSON stands in `shared/values.rs`; besides,
//!
//! - `context_deadline` answers nanoseconds, `context_now` an object with `seconds` and
//!   `nanoseconds`, `context_actor` one with `id`, `login`, `kind` and `extra`, `context_entry`
//!   one with `kind` and `name`, `app_functions` a list of `{name, description, schema}`;
//! - the fields of `log_write` and the arguments of the translations are objects;
//! - `db_transaction` takes steps, does them all whatever comes of one, and ends with `commit`,
//!   `rollback` or `drop`. It answers `{"ok": {"steps": [one answer each], "end": its answer}}`.
//!   A step is `{"query" or "execute": sql, "params": […]}` within the transaction,
//!   `{"outside": sql, "params": […]}` the interface's own `execute`, and `"begin"` (another
//!   one), `"commit"` or `"rollback"` what the name says: a transaction that one of these has
//!   ended is closed to the steps behind it.
//!
//! - `http_request` takes a method, a URL and an object that may have `headers` (a list of
//!   `[name, value]`), `secrets` (of `[name, before, key]`), `body` (a text), `timeout` (in
//!   milliseconds) and `redirects`; it sends the request and answers `status`, `url`, `headers`
//!   (an object; of several of one name the last) and `body` (as text). `http_send_many` takes a
//!   list of such triples and answers a list of answers, each `{"ok": …}` or `{"fault": …}`;
//! - `mail_message` takes an object that may have `sender`, `to`, `cc`, `bcc`, `reply_to` (lists),
//!   `subject`, `text`, `html` and `attachments` (a list of `[name, type, text]`), and sends it;
//! - values of the cache are texts; `schedule_plan` takes an object that may have `time_zone` and
//!   `retries`; `schedule_list` answers objects, with times in whole seconds since 1970 and the
//!   arguments as JSON;
//! - `plugins_functions` answers a list of `{plugin, name, args, returns, description}` with the
//!   arguments as JSON; `plugins_call` takes the callee's arguments as JSON, whatever they are, and
//!   `events_publish` the data likewise.
//!
//! An argument that fits none of this is `invalid`, and no answer of the host's.

use std::collections::BTreeMap;
use std::fmt::Display;

use goatkit_plugin::log::Level;
// As the contract has them: the SDK's transaction cannot be used when it has ended, and its
// drafts tell what was wrong with a setter when they are sent.
use goatkit_plugin::Timestamp;
use goatkit_plugin::raw::goatkit::plugin::db::{Transaction, begin};
use goatkit_plugin::raw::goatkit::plugin::{cache, http, mail, schedule, templates};
use goatkit_plugin::{
    Answer, Arguments, Error, Value as Json, app, config, context, db, i18n, json, log,
};
use others::{events_, plugins_};
use values::{of_done, of_fault, of_rows, of_text, to_values};

#[path = "shared/others.rs"]
mod others;
#[path = "shared/values.rs"]
mod values;

goatkit_test_guests::guest! {
    context_actor() -> "object",
    context_has_permission(permission: "string") -> "object",
    context_tenant() -> "object",
    context_locale() -> "object",
    context_now() -> "object",
    context_request_id() -> "object",
    context_deadline() -> "object",
    context_entry() -> "object",
    context_caller() -> "object",
    log_write(level: "string", message: "string", fields: "object") -> "object",
    i18n_translate(key: "string", args: "object") -> "object",
    i18n_translate_to(locale: "string", key: "string", args: "object") -> "object",
    i18n_locales() -> "object",
    config_get(key: "string") -> "object",
    config_secret(key: "string") -> "object",
    config_keys() -> "object",
    db_query(sql: "string", params: "array") -> "object",
    db_execute(sql: "string", params: "array") -> "object",
    db_transaction(steps: "array", end: "string") -> "object",
    app_functions() -> "object",
    app_call(name: "string", args: "object") -> "object",
    http_request(method: "string", url: "string", options: "object") -> "object",
    http_send_many(requests: "array") -> "object",
    mail_message(message: "object") -> "object",
    cache_get(key: "string") -> "object",
    cache_set(key: "string", value: "string", ttl: "integer?") -> "object",
    cache_delete(key: "string") -> "object",
    schedule_plan(cron: "string", callback: "string", args: "json", options: "object") -> "object",
    schedule_schedule_job(cron: "string", callback: "string", args: "json") -> "object",
    schedule_cancel(id: "string") -> "object",
    schedule_list() -> "object",
    templates_render(name: "string", data: "json") -> "object",
    plugins_functions() -> "object",
    plugins_call(plugin: "string", name: "string", args: "json") -> "object",
    events_publish(channel: "string", kind: "string", data: "json") -> "object";
    |function, args| told(call(function, args))?.into_output()
}

/// What the host answered. An error that is no fault of the host's is the caller's.
fn told(answer: Result<Json, Error>) -> Result<Json, Error> {
    match answer {
        Ok(answer) => Ok(json!({ "ok": answer })),
        Err(Error::Fault(fault)) => Ok(json!({ "fault": of_fault(&fault) })),
        Err(other) => Err(other),
    }
}

fn call(function: &str, args: &str) -> Result<Json, Error> {
    let (room, verb) = function.split_once('_').unwrap_or((function, ""));
    match room {
        "context" => context_(verb, args),
        "log" => log_(verb, args),
        "i18n" => i18n_(verb, args),
        "config" => config_(verb, args),
        "db" => db_(verb, args),
        "app" => app_(verb, args),
        "http" => http_(verb, args),
        "mail" => mail_(verb, args),
        "cache" => cache_(verb, args),
        "schedule" => schedule_(verb, args),
        "templates" => templates_(verb, args),
        "plugins" => plugins_(verb, args),
        "events" => events_(verb, args),
        _ => Err(unknown(function)),
    }
}

fn context_(verb: &str, args: &str) -> Result<Json, Error> {
    Ok(match verb {
        "has_permission" => {
            let permission: String = Arguments::parse(&["permission"], args)?.take()?;
            json!(context::has_permission(&permission)?)
        }
        "actor" => match context::actor()? {
            None => Json::Null,
            Some(actor) => {
                let extra = actor.extra.iter();
                let extra: BTreeMap<_, _> = extra
                    .map(|(key, text)| (key.clone(), of_text(text)))
                    .collect();
                json!({
                    "id": actor.id,
                    "login": actor.login,
                    "kind": actor.kind,
                    "extra": extra,
                })
            }
        },
        "tenant" => json!(context::tenant()?),
        "locale" => json!(context::locale()?),
        "now" => {
            let now = context::now()?;
            json!({ "seconds": now.seconds, "nanoseconds": now.nanoseconds })
        }
        "request_id" => json!(context::request_id()?),
        "deadline" => json!(u64::try_from(context::deadline()?.as_nanos()).unwrap_or(u64::MAX)),
        "entry" => {
            let entry = context::entry()?;
            json!({ "kind": entry.kind, "name": entry.name })
        }
        "caller" => json!(context::caller()?),
        other => return Err(unknown(other)),
    })
}

fn log_(verb: &str, args: &str) -> Result<Json, Error> {
    if verb != "write" {
        return Err(unknown(verb));
    }
    let mut args = Arguments::parse(&["level", "message", "fields"], args)?;
    let (level, message): (String, String) = (args.take()?, args.take()?);
    let fields: BTreeMap<String, Json> = args.take()?;
    let level = match level.as_str() {
        "trace" => Level::Trace,
        "debug" => Level::Debug,
        "info" => Level::Info,
        "warn" => Level::Warn,
        "error" => Level::Error,
        other => return Err(Error::invalid(format!("there is no level `{other}`"))),
    };
    let fields: Vec<(&str, Json)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    log::write(level, message, &fields);
    Ok(Json::Null)
}

fn i18n_(verb: &str, args: &str) -> Result<Json, Error> {
    let text = match verb {
        "translate" => {
            let mut args = Arguments::parse(&["key", "args"], args)?;
            let key: String = args.take()?;
            i18n::t_with(&key, &shown(&args.take()?))?
        }
        "translate_to" => {
            let mut args = Arguments::parse(&["locale", "key", "args"], args)?;
            let (locale, key): (String, String) = (args.take()?, args.take()?);
            i18n::translate_to(&locale, &key, &shown(&args.take()?))?
        }
        "locales" => return Ok(json!(i18n::locales()?)),
        other => return Err(unknown(other)),
    };
    Ok(json!(text))
}

fn shown(args: &BTreeMap<String, Json>) -> Vec<(&str, &dyn Display)> {
    let texts = args.iter().map(|(name, value)| {
        let value: &dyn Display = match value {
            Json::String(text) => text,
            other => other,
        };
        (name.as_str(), value)
    });
    texts.collect()
}

fn config_(verb: &str, args: &str) -> Result<Json, Error> {
    let key = || -> Result<String, Error> { Arguments::parse(&["key"], args)?.take() };
    match verb {
        "get" => Ok(json!(config::get::<Json>(&key()?)?)),
        "secret" => {
            let secret = config::secret(&key()?)?;
            Ok(json!(secret.as_ref().map(config::Secret::expose)))
        }
        "keys" => Ok(json!(config::keys()?)),
        other => Err(unknown(other)),
    }
}

fn db_(verb: &str, args: &str) -> Result<Json, Error> {
    if verb == "transaction" {
        let mut args = Arguments::parse(&["steps", "end"], args)?;
        let (steps, end): (Vec<Json>, String) = (args.take()?, args.take()?);
        return transaction(&steps, &end);
    }
    let mut args = Arguments::parse(&["sql", "params"], args)?;
    let (sql, params): (String, Vec<Json>) = (args.take()?, args.take()?);
    let params = to_values(&params)?;
    match verb {
        "query" => Ok(of_rows(&db::query(&sql, params)?)),
        "execute" => Ok(of_done(&db::execute(&sql, params)?)),
        other => Err(unknown(other)),
    }
}

fn transaction(steps: &[Json], end: &str) -> Result<Json, Error> {
    let transaction = begin()?;
    let steps = steps.iter().map(|it| told(step(&transaction, it)));
    let steps: Vec<Json> = steps.collect::<Result<_, _>>()?;
    let end = match end {
        "drop" => {
            drop(transaction);
            Ok(Json::Null)
        }
        end => ended(&transaction, end),
    };
    Ok(json!({ "steps": steps, "end": told(end)? }))
}

fn ended(transaction: &Transaction, end: &str) -> Result<Json, Error> {
    match end {
        "commit" => transaction.commit()?,
        "rollback" => transaction.rollback()?,
        other => return Err(Error::invalid(format!("there is no end `{other}`"))),
    }
    Ok(Json::Null)
}

fn step(transaction: &Transaction, step: &Json) -> Result<Json, Error> {
    let sql = |key: &str| step[key].as_str();
    let params = || to_values(step["params"].as_array().map_or(&[][..], Vec::as_slice));
    match (sql("query"), sql("execute"), sql("outside"), step.as_str()) {
        (Some(sql), None, None, None) => Ok(of_rows(&transaction.query(sql, &params()?)?)),
        (None, Some(sql), None, None) => Ok(of_done(&transaction.execute(sql, &params()?)?)),
        (None, None, Some(sql), None) => Ok(of_done(&db::execute(sql, params()?)?)),
        (None, None, None, Some("begin")) => Ok(begin().map(|_| Json::Null)?),
        (None, None, None, Some(end)) => ended(transaction, end),
        _ => Err(Error::invalid(format!("{step} is no step"))),
    }
}

fn app_(verb: &str, args: &str) -> Result<Json, Error> {
    match verb {
        "functions" => {
            let functions = app::functions()?.into_iter();
            let told = functions.map(|it| {
                let schema = of_text(&it.schema);
                json!({ "name": it.name, "description": it.description, "schema": schema })
            });
            Ok(told.collect())
        }
        "call" => {
            let mut args = Arguments::parse(&["name", "args"], args)?;
            let (name, args): (String, Json) = (args.take()?, args.take()?);
            app::call(&name, &args)
        }
        other => Err(unknown(other)),
    }
}

fn http_(verb: &str, args: &str) -> Result<Json, Error> {
    match verb {
        "request" => {
            let mut args = Arguments::parse(&["method", "url", "options"], args)?;
            let (method, url): (String, String) = (args.take()?, args.take()?);
            let request = request(&method, &url, &args.take()?)?;
            Ok(of_response(&http::send(request)?))
        }
        "send_many" => {
            let requests: Vec<(String, String, Json)> =
                Arguments::parse(&["requests"], args)?.take()?;
            let requests = requests
                .iter()
                .map(|(method, url, it)| request(method, url, it));
            let answers = http::send_many(requests.collect::<Result<_, _>>()?)?;
            let answers = answers.iter().map(|answer| match answer {
                Ok(response) => json!({ "ok": of_response(response) }),
                Err(fault) => json!({ "fault": of_fault(fault) }),
            });
            Ok(answers.collect())
        }
        other => Err(unknown(other)),
    }
}

fn request(method: &str, url: &str, options: &Json) -> Result<http::Request, Error> {
    let request = http::Request::new(method, url);
    for pair in list(&options["headers"]) {
        request.header(text(&pair[0])?, text(&pair[1])?.as_bytes())?;
    }
    for it in list(&options["secrets"]) {
        request.secret_header(text(&it[0])?, text(&it[1])?, text(&it[2])?)?;
    }
    if let Some(body) = options["body"].as_str() {
        request.body(body.as_bytes())?;
    }
    if let Some(milliseconds) = options["timeout"].as_u64() {
        request.timeout(milliseconds)?;
    }
    if let Some(most) = options["redirects"].as_u64() {
        request.redirects(u32::try_from(most).unwrap_or(u32::MAX))?;
    }
    Ok(request)
}

fn of_response(response: &http::Response) -> Json {
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = response.headers.iter();
    let headers: BTreeMap<_, _> = headers
        .map(|(name, value)| (name.clone(), shown(value)))
        .collect();
    json!({
        "status": response.status,
        "url": response.url,
        "headers": headers,
        "body": shown(&response.body),
    })
}

fn mail_(verb: &str, args: &str) -> Result<Json, Error> {
    if verb != "message" {
        return Err(unknown(verb));
    }
    let fields: Json = Arguments::parse(&["message"], args)?.take()?;
    let message = mail::Message::new();
    let once = [
        (
            "sender",
            mail::Message::sender as fn(&mail::Message, &str) -> _,
        ),
        ("subject", mail::Message::subject),
        ("text", mail::Message::text),
        ("html", mail::Message::html),
    ];
    for (field, set) in once {
        if let Some(text) = fields[field].as_str() {
            set(&message, text)?;
        }
    }
    let lists = [
        ("to", mail::Message::to as fn(&mail::Message, &str) -> _),
        ("cc", mail::Message::cc),
        ("bcc", mail::Message::bcc),
        ("reply_to", mail::Message::reply_to),
    ];
    for (field, add) in lists {
        for address in list(&fields[field]) {
            add(&message, text(address)?)?;
        }
    }
    for it in list(&fields["attachments"]) {
        message.attach(text(&it[0])?, text(&it[1])?, text(&it[2])?.as_bytes())?;
    }
    Ok(json!(mail::send(message)?))
}

fn cache_(verb: &str, args: &str) -> Result<Json, Error> {
    match verb {
        "get" => {
            let key: String = Arguments::parse(&["key"], args)?.take()?;
            let value = cache::get(&key)?;
            Ok(json!(
                value.map(|it| String::from_utf8_lossy(&it).into_owned())
            ))
        }
        "set" => {
            let mut args = Arguments::parse(&["key", "value", "ttl"], args)?;
            let (key, value): (String, String) = (args.take()?, args.take()?);
            cache::set(&key, value.as_bytes(), args.take()?)?;
            Ok(Json::Null)
        }
        "delete" => {
            let key: String = Arguments::parse(&["key"], args)?.take()?;
            Ok(json!(cache::delete(&key)?))
        }
        other => Err(unknown(other)),
    }
}

fn schedule_(verb: &str, args: &str) -> Result<Json, Error> {
    match verb {
        "plan" => {
            let mut args = Arguments::parse(&["cron", "callback", "args", "options"], args)?;
            let (cron, callback): (String, String) = (args.take()?, args.take()?);
            let (args, options): (Json, Json) = (args.take()?, args.take()?);
            let plan = schedule::Plan::new(&cron, &callback, &args.to_string());
            if let Some(zone) = options["time_zone"].as_str() {
                plan.time_zone(zone)?;
            }
            if let Some(most) = options["retries"].as_u64() {
                plan.retries(u32::try_from(most).unwrap_or(u32::MAX))?;
            }
            Ok(json!(schedule::schedule(plan)?))
        }
        "schedule_job" => {
            let mut args = Arguments::parse(&["cron", "callback", "args"], args)?;
            let (cron, callback): (String, String) = (args.take()?, args.take()?);
            let args: Json = args.take()?;
            Ok(json!(schedule::schedule_job(
                &cron,
                &callback,
                &args.to_string()
            )?))
        }
        "cancel" => {
            let id: String = Arguments::parse(&["id"], args)?.take()?;
            Ok(json!(schedule::cancel(&id)?))
        }
        "list" => Ok(schedule::list()?.iter().map(of_job).collect()),
        other => Err(unknown(other)),
    }
}

fn of_job(job: &schedule::Job) -> Json {
    let seconds = |time: &Option<Timestamp>| json!(time.as_ref().map(|it| it.seconds));
    json!({
        "id": job.id,
        "callback": job.callback,
        "cron": job.cron,
        "time_zone": job.time_zone,
        "args": of_text(&job.args),
        "due": seconds(&job.due),
        "last_run": seconds(&job.last_run),
        "last_result": job.last_result,
    })
}

fn templates_(verb: &str, args: &str) -> Result<Json, Error> {
    if verb != "render" {
        return Err(unknown(verb));
    }
    let mut args = Arguments::parse(&["name", "data"], args)?;
    let (name, data): (String, Json) = (args.take()?, args.take()?);
    Ok(json!(templates::render(&name, &data.to_string())?))
}

fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Json) -> Result<&str, Error> {
    let text = value.as_str();
    text.ok_or_else(|| Error::invalid(format!("{value} is no text")))
}

fn unknown(function: &str) -> Error {
    Error::Unknown(function.to_owned())
}
