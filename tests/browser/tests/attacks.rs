//! Every attack works where nothing stops it, and does not where the guard that its line names
//! stands, with nothing else beside it. So the list is live, and what is missing when the
//! product stops one can be told.
#![allow(clippy::unwrap_used)]

use goatkit_test_browser::attacks::{Attack, Place, Proof, attacks};
use goatkit_test_browser::naive::{ADMIN_TEXT, COOKIE, Mode, Naive, SECRET};
use goatkit_test_browser::{Browser, Outcome, Rounds, Watch, fetch};

/// Tries attacks one after the other, first without their guards.
async fn try_all(attacks: &[Attack]) {
    assert!(!attacks.is_empty());
    let naive = Naive::start().await;
    let browser = Browser::knowing(&[("evil.example", naive.evil.port())]).await;
    let mut wrong = Vec::new();
    let mut open = Vec::new();
    sign_in(&naive, &browser, Mode::Open).await;
    for attack in attacks {
        let outcome = attempt(&naive, &browser, attack, Mode::Open, Rounds::MOST).await;
        if let Outcome::Stopped(console) = &outcome {
            let told = format!(
                "{}, {}: does nothing where nothing stops it",
                attack.line, attack.name
            );
            wrong.push(format!("{told}: {console:?}"));
        }
        open.push(outcome);
        if attack.proof == Proof::Worker {
            sign_in(&naive, &browser, Mode::Open).await;
        }
    }
    sign_in(&naive, &browser, Mode::Guarded).await;
    for (attack, outcome) in attacks.iter().zip(open) {
        if let Outcome::Worked(rounds) = outcome {
            let rounds = rounds.and_more();
            let guarded = attempt(&naive, &browser, attack, Mode::Guarded, rounds).await;
            if let Outcome::Worked(rounds) = guarded {
                let guard = attack.guard.word();
                wrong.push(format!(
                    "{}, {}: {guard} does not stop it ({rounds:?})",
                    attack.line, attack.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// With nothing left of what was before: not the other mode's cookies, and no service worker.
async fn sign_in(naive: &Naive, browser: &Browser, mode: Mode) {
    browser.forget(&naive.origin()).await;
    for url in naive.sign_ins(mode) {
        browser.visit(&url).await;
    }
}

async fn attempt(
    naive: &Naive,
    browser: &Browser,
    attack: &Attack,
    mode: Mode,
    rounds: Rounds,
) -> Outcome {
    let watch = Watch {
        browser,
        canaries: [&naive.evil, &naive.near],
        done: &|| naive.done(),
        secret: SECRET,
        cookie: COOKIE,
        admin_text: ADMIN_TEXT,
    };
    watch
        .attempt(attack, &naive.url(attack, mode), rounds)
        .await
}

/// Those at some places that show in a browser.
fn at(places: &[Place]) -> Vec<Attack> {
    let here = |it: &Attack| places.contains(&it.place) && it.proof != Proof::Header;
    attacks().into_iter().filter(here).collect()
}

#[tokio::test]
async fn templates() {
    try_all(&at(&[Place::Template])).await;
}

#[tokio::test]
async fn files_and_routes() {
    let places = [Place::File, Place::Header, Place::Body, Place::Redirect];
    try_all(&at(&places)).await;
}

#[tokio::test]
async fn texts_scripts_and_other_sites() {
    let others = [
        Place::Template,
        Place::File,
        Place::Header,
        Place::Body,
        Place::Redirect,
    ];
    let places = Place::ALL.iter().copied();
    let places: Vec<_> = places.filter(|it| !others.contains(it)).collect();
    try_all(&at(&places)).await;
}

#[tokio::test]
async fn a_guarded_page_runs_its_own_script() {
    let naive = Naive::start().await;
    let browser = Browser::open().await;
    let templates = at(&[Place::Template]);
    let inline = templates.iter().find(|it| it.name == "inline-script");
    let url = naive.url(inline.unwrap(), Mode::Guarded);
    browser.visit(&url).await;
    browser.settle().await;
    let console = browser.console().await;
    assert!(console.ran("own"), "{console:?}");
    assert_eq!(console.blocked().len(), 1, "{console:?}");
}

#[tokio::test]
async fn headers_arrive_unless_they_are_filtered() {
    let naive = Naive::start().await;
    let headers = attacks().into_iter().filter(|it| it.proof == Proof::Header);
    for attack in headers {
        let open = fetch(&naive.url(&attack, Mode::Open)).await;
        let (name, value) = naive.header(&attack);
        let carries = |answer: &http::Response<bytes::Bytes>| {
            answer
                .headers()
                .get_all(name.as_str())
                .iter()
                .any(|it| it == value.as_str())
        };
        assert!(carries(&open), "{}: {:?}", attack.name, open.headers());
        let guarded = fetch(&naive.url(&attack, Mode::Guarded)).await;
        assert!(
            !carries(&guarded),
            "{}: {:?}",
            attack.name,
            guarded.headers()
        );
        assert_eq!(guarded.body(), "<p>an answer</p>");
    }
}
