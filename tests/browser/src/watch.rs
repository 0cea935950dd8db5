//! What came of an attack: looked for again and again while the page comes to rest.

use crate::attacks::{Attack, Proof};
use crate::browser::{Browser, Rounds};
use crate::canary::Canary;
use crate::console::Console;

/// Whether an attack worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did, after so many rounds.
    Worked(Rounds),
    /// Nothing of it showed. What the console had is there to tell why.
    Stopped(Console),
}

/// Where one looks.
pub struct Watch<'a> {
    /// Where the attack takes place.
    pub browser: &'a Browser,
    /// Whom it wants to reach.
    pub canaries: [&'a Canary; 2],
    /// How often the administrators' API and the application did what they were asked.
    pub done: &'a (dyn Fn() -> Done + Sync),
    /// What stands on the page and is nobody else's business.
    pub secret: &'a str,
    /// The value of a cookie that no script may see.
    pub cookie: &'a str,
    /// What can be read on the administrators' page.
    pub admin_text: &'a str,
}

/// How often something was done that was asked for with somebody's cookie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// By the administrators' API.
    pub admin: u32,
    /// By the application.
    pub app: u32,
}

impl Watch<'_> {
    /// Opens `url`, presses `#press`, or the application's own `#own` where that is the attack, and looks for as many rounds. Proofs that
    /// are bytes of an answer are not for here.
    pub async fn attempt(&self, attack: &Attack, url: &str, rounds: Rounds) -> Outcome {
        self.browser.clear().await;
        self.canaries.iter().for_each(|it| it.forget());
        let before = (self.done)();
        let page = self.browser.visit(url).await;
        page.press(match attack.proof {
            Proof::Taken => "#own",
            _ => "#press",
        })
        .await;
        let mut console = Console::default();
        for round in 1..=rounds.0 {
            self.browser.settle().await;
            console.extend(self.browser.console().await);
            if self.shows(attack, &console, before).await {
                return Outcome::Worked(Rounds(round));
            }
        }
        Outcome::Stopped(console)
    }

    async fn shows(&self, attack: &Attack, console: &Console, before: Done) -> bool {
        let name = &attack.name;
        let done = (self.done)();
        match attack.proof {
            Proof::Ran => console.ran(name),
            Proof::Canary => self.canaries.iter().any(|it| it.caught(name)),
            Proof::Told => self.canaries.iter().any(|it| it.told(self.secret)),
            Proof::Cookie => console.said(self.cookie),
            Proof::Admin => done.admin > before.admin,
            Proof::App => done.app > before.app,
            Proof::Framed => {
                let text = self.browser.page().frame_text().await;
                text.is_some_and(|text| text.contains(self.admin_text))
            }
            Proof::Taken => {
                let url = self.browser.page().url().await;
                url.contains("/take?") && url.contains(self.secret)
            }
            Proof::Worker => self.browser.page().has_worker().await,
            Proof::Header => panic!("{name} shows in bytes, and not in a browser"),
        }
    }
}
