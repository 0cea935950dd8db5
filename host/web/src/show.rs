//! Pages of an application that answers requests of its own: shown as the host shows its
//! templates, with menus, widgets, hooks and the reader's rights. What an embedder gets besides
//! the router.

use axum::http::request::Parts;
use axum::response::Response;
use goatkit_capability::Actor;
use goatkit_manager::AccessDenied;
use serde_json::{Map, Value};

use crate::guard::{Audience, is_foreign};
use crate::path::decoded;
use crate::router::Web;
use crate::routes::{fits, forged};
use crate::visit::Visit;
use crate::{denied, pages};

/// The application's own pages. Clones share everything.
#[derive(Clone)]
pub struct Pages(Web);

/// A page to show.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// What hooks call it, e.g. `ticket.show` for `before_render:page:ticket.show`.
    pub name: &'a str,
    /// A file in the folder of the application's templates.
    pub template: &'a str,
    /// What the template gets, besides what every template of the application gets (`path`,
    /// `locale`, `actor`, `menu`, `menus`, `csp_nonce`, `plugins`).
    pub data: Map<String, Value>,
    /// The keys of `data` that hooks of plugins may see.
    pub public: &'a [&'a str],
}

impl Pages {
    pub(crate) fn new(web: Web) -> Self {
        Self(web)
    }

    /// Who makes a request; nobody where nobody is signed in.
    pub async fn actor(&self, request: &Parts) -> Option<Actor> {
        Visit::of(&self.0, request).await.actor
    }

    /// Shows a page. Hooks of plugins see what it declares to be public, and what they answer
    /// stands in `plugins` by their template names: as data, never as markup.
    pub async fn show(&self, request: &Parts, page: Page<'_>) -> Response {
        let visit = Visit::of(&self.0, request).await;
        let path = decoded(request.uri.path()).unwrap_or_else(|| "/".to_owned());
        let public = page.data.iter();
        let public = public.filter(|(key, _)| page.public.contains(&key.as_str()));
        let public = public.map(|(key, value)| (key.clone(), value.clone()));
        let shown = pages::Shown {
            name: page.name,
            path: &path,
            template: page.template,
            public: public.collect(),
            data: page.data,
        };
        pages::show(&self.0, &visit, shown).await
    }

    /// What somebody is answered who has to sign in first: sent to `/sign-in` and back again, where
    /// that is the host's business.
    pub fn ask_to_sign_in(&self, request: &Parts) -> Response {
        denied::answer(&self.0, request, &AccessDenied::SignIn)
    }

    /// Whether a form of the application's was sent by one of its pages, for whoever is signed
    /// in: `token` is what its field `_csrf` says, which `{{ csrf() }}` writes.
    ///
    /// # Errors
    /// The answer that says that it was not.
    pub async fn check_form(&self, request: &Parts, token: Option<&str>) -> Result<(), Response> {
        if is_foreign(&request.uri, &request.headers) {
            return Err(forged(request, "it comes from another site"));
        }
        let visit = Visit::of(&self.0, request).await;
        match &visit.surroundings.forms {
            Some(forms) => {
                fits(forms, Audience::Application, token).map_err(|why| forged(request, why))
            }
            None => Ok(()),
        }
    }
}
