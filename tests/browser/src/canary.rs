//! A server that hostile content wants to reach, or to tell something. Whatever it is asked, it
//! answers to everybody's liking.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::console::ran;
use crate::site::{Answer, Request, Site};

/// A canary. What arrived is asked for by the name of an attack, which is the first part of a
/// path: `/name`, `/name.js`, `/name/x?y`.
pub struct Canary {
    site: Site,
    pages: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Canary {
    /// Starts one.
    pub async fn start() -> Self {
        let pages = Arc::new(Mutex::new(BTreeMap::new()));
        let served = Arc::clone(&pages);
        let site = Site::start(move |request| {
            let pages = served.lock().unwrap_or_else(PoisonError::into_inner);
            answer(request, &pages)
        });
        Self {
            site: site.await,
            pages,
        }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.site.port()
    }

    /// Its origin: `http://127.0.0.1:16000`.
    pub fn origin(&self) -> String {
        self.site.origin()
    }

    /// Serves a page of its own at this path.
    pub fn serve(&self, path: &str, html: &str) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.insert(path.to_owned(), html.to_owned());
    }

    /// Whether an attack of this name got here.
    pub fn caught(&self, name: &str) -> bool {
        self.site.seen().iter().any(|it| is_of(it.path(), name))
    }

    /// Whether it was told this, in whatever part of a request.
    pub fn told(&self, secret: &str) -> bool {
        self.site.seen().iter().any(|it| it.tells(secret))
    }

    /// What arrived, oldest first.
    pub fn seen(&self) -> Vec<Request> {
        self.site.seen()
    }

    /// Forgets what arrived so far.
    pub fn forget(&self) {
        self.site.forget();
    }
}

fn is_of(path: &str, name: &str) -> bool {
    let rest = path.strip_prefix('/').and_then(|it| it.strip_prefix(name));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
}

/// A script says that it ran, a window that was opened turns its opener, and everything else is
/// a page or an image as one likes.
fn answer(request: &Request, pages: &BTreeMap<String, String>) -> Answer {
    let path = request.path();
    let answer = if let Some(page) = pages.get(path) {
        Answer::html(page.clone())
    } else if let Some(name) = path.strip_suffix(".js") {
        let script = ran(name.trim_start_matches('/'));
        Answer::new(script).with("content-type", "text/javascript")
    } else if path.ends_with(".css") {
        Answer::new("").with("content-type", "text/css")
    } else if let Some(name) = path.strip_prefix("/tab/") {
        Answer::html(format!("<script>opener.location = '/{name}'</script>"))
    } else {
        Answer::html("<p>caught</p>")
    };
    answer.with("access-control-allow-origin", "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_is_known_by_the_first_part_of_a_path() {
        for path in ["/style", "/style.css", "/style/x"] {
            assert!(is_of(path, "style"), "{path}");
        }
        for path in ["/", "/style-link", "/x/style", "style"] {
            assert!(!is_of(path, "style"), "{path}");
        }
    }
}
