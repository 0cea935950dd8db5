//! The page that is open, as a person sees it: its texts, what can be pressed and filled in.

use std::fs;
use std::path::Path;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::Value;

use crate::rest::{self, PATIENCE};

/// How often one looks again for what is not there yet.
const POLL: Duration = Duration::from_millis(20);

/// The page that is open in a browser. It follows the browser: after a link was pressed, it is
/// the next one.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    client: &'a Client,
}

/// A cookie, as the browser keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The path that it is sent to.
    pub path: String,
    /// Whether it is kept from scripts.
    pub http_only: bool,
    /// Whether it is sent over encrypted connections only.
    pub secure: bool,
    /// `Strict`, `Lax`, `None`; empty if the server did not say.
    pub same_site: String,
}

impl Cookie {
    pub(crate) fn read(cookie: &Value) -> Self {
        let text = |key: &str| cookie[key].as_str().unwrap_or_default().to_owned();
        let flag = |key: &str| cookie[key] == true;
        Self {
            name: text("name"),
            value: text("value"),
            path: text("path"),
            http_only: flag("httpOnly"),
            secure: flag("secure"),
            same_site: text("sameSite"),
        }
    }
}

impl<'a> Page<'a> {
    pub(crate) fn of(client: &'a Client) -> Self {
        Self { client }
    }

    /// Its address. It is that of an error page where a server did not answer.
    pub async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// Its title.
    pub async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// Whether there is such an element now.
    pub async fn has(&self, css: &str) -> bool {
        !self
            .client
            .find_all(Locator::Css(css))
            .await
            .unwrap()
            .is_empty()
    }

    /// What can be read in the first such element, which is waited for.
    ///
    /// # Panics
    /// When there is none in time.
    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// What can be read in each such element that is there now.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(css)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// Presses the first such element, as a mouse does, and lets what that opens come to rest.
    ///
    /// # Panics
    /// When there is none, or none that can be pressed.
    pub async fn click(&self, css: &str) {
        let clicked = self.find(css).await.click().await;
        clicked.unwrap_or_else(|error| panic!("{css} cannot be pressed: {error}"));
        rest::settle(self.client).await;
    }

    /// Writes a text into the first such field, in place of what stands there.
    ///
    /// # Panics
    /// When there is none, or none that takes a text.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        let filled = field.send_keys(text).await;
        filled.unwrap_or_else(|error| panic!("{css} takes no text: {error}"));
    }

    /// What a script answers that the page's policy has no say in: `return document.title`.
    ///
    /// # Panics
    /// When it throws.
    pub async fn script(&self, script: &str) -> Value {
        let answer = self.client.execute(script, Vec::new()).await;
        answer.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What can be read in the first frame of the page, of whatever origin that is; nothing
    /// where there is none.
    pub async fn frame_text(&self) -> Option<String> {
        self.client.enter_frame(0).await.ok()?;
        let body = self.client.find(Locator::Css("body")).await;
        let text = match body {
            Ok(body) => body.text().await.ok(),
            Err(_) => None,
        };
        self.client.enter_parent_frame().await.ok()?;
        text
    }

    /// Writes what can be seen as a PNG, for whoever wonders why a test fails.
    pub async fn screenshot(&self, path: &Path) {
        fs::write(path, self.client.screenshot().await.unwrap()).unwrap();
    }

    /// Whether its origin has installed a service worker.
    pub(crate) async fn has_worker(&self) -> bool {
        let count = "return navigator.serviceWorker.getRegistrations().then(all => all.length)";
        let count = self.client.execute(count, Vec::new()).await;
        count.is_ok_and(|count| count.as_u64().is_some_and(|it| it > 0))
    }

    /// Presses an element if it is there, whatever comes of it: hostile pages ask for it.
    pub(crate) async fn press(&self, css: &str) {
        if let Ok(element) = self.client.find(Locator::Css(css)).await {
            let _ = element.click().await;
        }
    }

    /// A form that was sent is answered in its own time, so what is not there is waited for.
    async fn find(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).every(POLL);
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("no {css} at {}: {error}", self.url().await),
        }
    }
}
