//! The exports of the contract, each as one call on an instance.

use std::future::Future;
use std::sync::Arc;

use goatkit_runtime::{
    Content, HookRun, JobRun, Output, Registration, RouteAnswer, RouteRequest, View,
};

use super::instance::Instance;
use super::outcome::Target;
use crate::doors::bindings::exports::goatkit::plugin::{functions, jobs, lifecycle, routes};
use crate::doors::bindings::goatkit::plugin::types as wit;
use crate::doors::registration;

/// The guest's own answer inside wasmtime's: a trap outside, the plugin's error inside.
pub(crate) type Answer<T> = wasmtime::Result<Result<T, wit::CallError>>;

/// An export that can be called.
pub(crate) trait Export: Send + 'static {
    /// What it answers.
    type Answer: Send + 'static;

    /// What it is, for errors.
    fn target(&self) -> Target;

    /// Calls it.
    fn call(&self, instance: &mut Instance) -> impl Future<Output = Answer<Self::Answer>> + Send;
}

/// `registration.gk-register`
pub(crate) struct Register;

impl Export for Register {
    type Answer = Registration;

    fn target(&self) -> Target {
        Target::Register
    }

    async fn call(&self, instance: &mut Instance) -> Answer<Registration> {
        let made = instance.made().await?;
        let indices = &instance.linked.exports.registration;
        let guest = indices.load(&mut instance.store, &made)?;
        let answer = guest.call_gk_register(&mut instance.store).await?;
        Ok(answer.map(registration::convert))
    }
}

/// `functions.call`
pub(crate) struct Function {
    pub(crate) name: Arc<str>,
    pub(crate) args: String,
}

impl Export for Function {
    type Answer = Output;

    fn target(&self) -> Target {
        Target::Function(Arc::clone(&self.name))
    }

    async fn call(&self, instance: &mut Instance) -> Answer<Output> {
        let (guest, store) = match instance.functions().await? {
            Some(bound) => bound,
            None => return Ok(Err(wit::CallError::Unknown(self.name.to_string()))),
        };
        let answer = guest.call_call(store, &self.name, &self.args).await?;
        Ok(answer.map(|output| match output {
            functions::Output::Json(text) => Output::Json(text),
            functions::Output::Html(text) => Output::Html(text),
        }))
    }
}

/// The export `lifecycle`, if the component has it.
async fn lifecycle_of(instance: &mut Instance) -> wasmtime::Result<Option<lifecycle::Guest>> {
    let linked = Arc::clone(&instance.linked);
    let Some(indices) = &linked.exports.lifecycle else {
        return Ok(None);
    };
    let made = instance.made().await?;
    indices.load(&mut instance.store, &made).map(Some)
}

/// `lifecycle.activate`
pub(crate) struct Activate {
    pub(crate) from: Option<String>,
}

impl Export for Activate {
    type Answer = ();

    fn target(&self) -> Target {
        Target::Activate
    }

    async fn call(&self, instance: &mut Instance) -> Answer<()> {
        let Some(guest) = lifecycle_of(instance).await? else {
            return Ok(Ok(()));
        };
        let previous = self.from.as_deref();
        guest.call_activate(&mut instance.store, previous).await
    }
}

/// `lifecycle.deactivate`
pub(crate) struct Deactivate;

impl Export for Deactivate {
    type Answer = ();

    fn target(&self) -> Target {
        Target::Deactivate
    }

    async fn call(&self, instance: &mut Instance) -> Answer<()> {
        let Some(guest) = lifecycle_of(instance).await? else {
            return Ok(Ok(()));
        };
        guest.call_deactivate(&mut instance.store).await
    }
}

/// `lifecycle.remove`
pub(crate) struct Remove;

impl Export for Remove {
    type Answer = ();

    fn target(&self) -> Target {
        Target::Remove
    }

    async fn call(&self, instance: &mut Instance) -> Answer<()> {
        let Some(guest) = lifecycle_of(instance).await? else {
            return Ok(Ok(()));
        };
        guest.call_remove(&mut instance.store).await
    }
}

/// `jobs.run`
pub(crate) struct RunJob(pub(crate) JobRun);

impl Export for RunJob {
    type Answer = ();

    fn target(&self) -> Target {
        Target::Job(self.0.name.as_str().into())
    }

    async fn call(&self, instance: &mut Instance) -> Answer<()> {
        let linked = Arc::clone(&instance.linked);
        let Some(indices) = &linked.exports.jobs else {
            return Ok(Err(wit::CallError::Unknown(self.0.name.clone())));
        };
        let made = instance.made().await?;
        let guest = indices.load(&mut instance.store, &made)?;
        let JobRun {
            id,
            name,
            args,
            due,
            attempt,
        } = self.0.clone();
        let job = jobs::Job {
            id,
            name,
            args,
            due: due.into(),
            attempt,
        };
        guest.call_run(&mut instance.store, &job).await
    }
}

/// `hooks.run`
pub(crate) struct RunHook(pub(crate) HookRun);

impl Export for RunHook {
    type Answer = Option<String>;

    fn target(&self) -> Target {
        Target::Hook(self.0.name.as_str().into())
    }

    async fn call(&self, instance: &mut Instance) -> Answer<Option<String>> {
        let linked = Arc::clone(&instance.linked);
        let Some(indices) = &linked.exports.hooks else {
            return Ok(Err(wit::CallError::Unknown(self.0.name.clone())));
        };
        let made = instance.made().await?;
        let guest = indices.load(&mut instance.store, &made)?;
        let HookRun { name, payload } = &self.0;
        guest.call_run(&mut instance.store, name, payload).await
    }
}

/// `routes.handle`
pub(crate) struct Handle(pub(crate) RouteRequest);

impl Export for Handle {
    /// Or what of it is none.
    type Answer = Result<RouteAnswer, String>;

    fn target(&self) -> Target {
        Target::Route(format!("{} {}", self.0.method, self.0.route).into())
    }

    async fn call(&self, instance: &mut Instance) -> Answer<Self::Answer> {
        let linked = Arc::clone(&instance.linked);
        let Some(indices) = &linked.exports.routes else {
            return Ok(Err(wit::CallError::Unknown(self.0.route.clone())));
        };
        let made = instance.made().await?;
        let guest = indices.load(&mut instance.store, &made)?;
        let RouteRequest {
            method,
            path,
            route,
            params,
            query,
            headers,
            body,
        } = self.0.clone();
        let request = routes::Request {
            method,
            path,
            route,
            params,
            query,
            headers,
            body,
            extra: Vec::new(),
        };
        let answer = guest.call_handle(&mut instance.store, &request).await?;
        Ok(answer.map(answered))
    }
}

/// What nobody knows is refused: it would be without effect.
fn answered(it: routes::Response) -> Result<RouteAnswer, String> {
    if let Some((key, _)) = it.extra.first() {
        let key: String = key.chars().take(64).collect();
        return Err(format!(
            "its answer asks for `{key}`, which this host does not know"
        ));
    }
    Ok(RouteAnswer {
        status: it.status,
        headers: it.headers,
        body: match it.body {
            routes::Content::Bytes(bytes) => Content::Bytes(bytes),
            routes::Content::Text(text) => Content::Text(text),
            routes::Content::Json(text) => Content::Json(text),
            routes::Content::Page(view) => Content::Page(View {
                template: view.template,
                title: view.title,
                data: view.data,
            }),
            routes::Content::Asset(path) => Content::Asset(path),
            routes::Content::Redirect(path) => Content::Redirect(path),
        },
    })
}
