//! A headless Chromium with a profile of its own, so that no test finds another's cookies. It
//! is killed with its value: when that is dropped, when the test panics, and when the test's
//! process dies.

use fantoccini::{Client, ClientBuilder};
use goatkit_test_servers::Chromedriver;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

use crate::console::Console;
use crate::driver;
use crate::page::{Cookie, Page};
use crate::rest;

/// Debian's start script: it knows what this system needs.
const CHROMIUM: &str = "/usr/bin/chromium";

/// No window, nothing that a machine without a desktop lacks, and nothing that Chromium does by
/// itself. The pipe is what it is driven through: without it, it ends.
const FLAGS: &[&str] = &[
    "--remote-debugging-pipe",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    // A sandboxed frame in a process of its own would not be heard on the console. And a test's
    // names have no certificates.
    "--disable-features=IsolateSandboxedIframes,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
];

/// How often a page has to come to rest until something shows. What an attack needed where
/// nothing stopped it is the least that it is given where something does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rounds(pub u32);

impl Rounds {
    /// After so many without anything nothing will come.
    pub const MOST: Self = Self(12);

    /// As many, and some for good measure.
    #[must_use]
    pub fn and_more(self) -> Self {
        Self(self.0 + 2)
    }
}

/// A browser with one window.
pub struct Browser {
    client: Client,
    // Killed when the client has let go of it.
    driver: Chromedriver,
}

impl Browser {
    /// A browser that knows 127.0.0.1 and localhost.
    ///
    /// # Panics
    /// Where Chromium or chromedriver is not installed or does not start.
    pub async fn open() -> Self {
        Self::knowing(&[]).await
    }

    /// A browser that knows other names besides: `("evil.example", 16000)` is port 16000 of
    /// 127.0.0.1 to it, whatever port an address names.
    ///
    /// # Panics
    /// Where Chromium or chromedriver is not installed or does not start.
    pub async fn knowing(names: &[(&str, u16)]) -> Self {
        let driver = tokio::task::spawn_blocking(Chromedriver::start).await;
        let driver = driver.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(&driver, names))
            .connect(&driver.url())
            .await
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        let browser = Self { client, driver };
        rest::let_scripts_take(&browser.client, rest::PATIENCE).await;
        browser
    }

    /// Opens an address, and is back when it has loaded. What it leads to is none of this
    /// function's business: an address that does not answer is a page as well.
    pub async fn visit(&self, url: &str) -> Page<'_> {
        // An error here is a page that is not there, or one that left before it had loaded.
        let _ = self.client.goto(url).await;
        self.page()
    }

    /// The page that is open.
    pub fn page(&self) -> Page<'_> {
        Page::of(&self.client)
    }

    /// Waits until the page has loaded and is at rest, if it stays long enough, and a moment
    /// more at most.
    pub async fn settle(&self) {
        rest::settle(&self.client).await;
    }

    /// What was written to the console since this was last asked, by every window.
    pub async fn console(&self) -> Console {
        // To look for windows is what makes chromedriver listen to new ones.
        let _ = self.client.windows().await;
        Console::read(&driver::console(&self.client).await)
    }

    /// Every cookie of the page that is open, those that scripts do not see as well.
    pub async fn cookies(&self) -> Vec<Cookie> {
        let answer = self.devtools("Network.getCookies", json!({})).await;
        let cookies = answer["cookies"].as_array().cloned().unwrap_or_default();
        cookies.iter().map(Cookie::read).collect()
    }

    /// A command of the DevTools protocol, for what WebDriver has no word for.
    pub async fn devtools(&self, command: &str, params: Value) -> Value {
        driver::devtools(&self.client, command, params).await
    }

    /// The folder of what it keeps, which no other browser has.
    pub fn profile(&self) -> String {
        self.driver.profile()
    }

    /// How many windows are open.
    pub async fn windows(&self) -> usize {
        self.client.windows().await.unwrap().len()
    }

    /// Closes every window but the first, and forgets what the console had. Cookies stay.
    pub async fn clear(&self) {
        let windows = self.client.windows().await.unwrap();
        let (first, others) = windows.split_first().unwrap();
        for other in others {
            let _ = self.client.switch_to_window(other.clone()).await;
            let _ = self.client.close_window().await;
        }
        let first = self.client.switch_to_window(first.clone()).await;
        first.unwrap_or_else(|error| panic!("the first window is gone: {error}"));
        self.console().await;
    }

    /// Forgets cookies, and whatever else an origin such as `http://127.0.0.1:16000` has left:
    /// storage, caches, service workers.
    pub async fn forget(&self, origin: &str) {
        self.devtools("Network.clearBrowserCookies", json!({}))
            .await;
        let params = json!({ "origin": origin, "storageTypes": "all" });
        self.devtools("Storage.clearDataForOrigin", params).await;
    }
}

fn capabilities(driver: &Chromedriver, names: &[(&str, u16)]) -> Map<String, Value> {
    // The first rule that fits is the one that holds.
    let own = names.iter();
    let own = own.map(|(name, port)| format!("MAP {name} 127.0.0.1:{port}"));
    let rules = ["MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1", "EXCLUDE localhost"];
    let rules: Vec<_> = own.chain(rules.map(str::to_owned)).collect();
    let own = [
        format!("--host-resolver-rules={}", rules.join(" , ")),
        format!("--user-data-dir={}", driver.profile()),
    ];
    let flags = FLAGS.iter().map(|it| (*it).to_owned());
    let args: Vec<_> = flags.chain(own).collect();
    let all = json!({
        "goog:chromeOptions": { "binary": CHROMIUM, "args": args },
        "goog:loggingPrefs": { "browser": "ALL" },
        "unhandledPromptBehavior": "dismiss",
    });
    all.as_object().cloned().unwrap_or_default()
}
