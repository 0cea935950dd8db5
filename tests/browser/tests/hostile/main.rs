//! The attacks of the hostile package on the product, in a browser in which an administrator is
//! signed in: where its package may run no script none works, and where it may, it still is no
//! administrator, reads no cookie and reaches no other origin. What the product does not even take
//! in is refused by name.
//!
//! That each attack works where nothing stops it, `attacks.rs` proves.
#![allow(clippy::unwrap_used)]

mod product;

use goatkit_test_browser::attacks::{Attack, Place, Proof, attacks};
use goatkit_test_browser::package::started;
use goatkit_test_browser::{Outcome, fetch};

use product::{Product, Script, SignedIn, files, words};

/// Where a page of the application stands around what is planted.
const IN_PAGES: &[Place] = &[
    Place::Template,
    Place::Output,
    Place::Widget,
    Place::Label,
    Place::Icon,
    Place::Title,
    Place::Translation,
    Place::Script,
];

/// What shows in a browser, of these places.
fn at(places: &[Place]) -> Vec<Attack> {
    let here = |it: &Attack| places.contains(&it.place) && it.proof != Proof::Header;
    attacks().into_iter().filter(here).collect()
}

/// Tries attacks one after the other. None may work, and what stands around them has to.
async fn none_works(product: &Product, signed_in: &SignedIn, attacks: &[Attack]) {
    assert!(!attacks.is_empty());
    let mut wrong = Vec::new();
    for attack in attacks {
        let before = product.done();
        let place = format!("{}, {}", attack.line, attack.name);
        match product.attempt(signed_in, attack).await {
            Outcome::Worked(rounds) => wrong.push(format!("{place}: works ({rounds:?})")),
            // A page that is not shown stops nothing.
            Outcome::Stopped(console) if IN_PAGES.contains(&attack.place) => {
                let may = product.script == Script::Granted && attack.place == Place::Script;
                let runs = console.said(&started(&attack.name));
                // One that wants to leave the page may come before the page's own.
                if !(runs || console.ran("own")) {
                    wrong.push(format!("{place}: the page is not shown: {console:?}"));
                }
                if runs != may {
                    wrong.push(format!("{place}: its script runs or does not: {console:?}"));
                }
            }
            Outcome::Stopped(_) => {}
        }
        let pressed = u32::from(attack.proof == Proof::Taken);
        if product.done().app != before.app + pressed {
            wrong.push(format!("{place}: the application's own form is not sent"));
        }
    }
    println!("{} attacks, {} wrong", attacks.len(), wrong.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn without_a_grant_nothing_works() {
    let product = Product::start(Script::NotGranted).await;
    let signed_in = product.sign_in().await;
    none_works(&product, &signed_in, &at(IN_PAGES)).await;
    let brought = files(&product.words);
    let served = |it: &Attack| {
        let file = it.file(&product.words).0;
        brought[&format!("static/{file}")].1.is_ok()
    };
    let mut opened = at(&[Place::Header, Place::Body, Place::Redirect]);
    opened.extend(at(&[Place::File]).into_iter().filter(served));
    opened.extend(at(&[Place::Abroad, Place::Near]));
    none_works(&product, &signed_in, &opened).await;

    headers_do_not_arrive(&product).await;
    redirects_are_refused_by_name(&product).await;
    paths_are_refused_by_name(&product).await;
}

#[tokio::test]
async fn a_script_that_may_run_is_no_administrator() {
    let product = Product::start(Script::Granted).await;
    let signed_in = product.sign_in().await;
    none_works(&product, &signed_in, &at(&[Place::Script])).await;
    let templates = at(&[Place::Template, Place::Output, Place::Widget]);
    let sample: Vec<_> = templates
        .into_iter()
        .filter(|it| it.proof == Proof::Ran)
        .collect();
    none_works(&product, &signed_in, &sample).await;
}

/// Only what an answer may say of itself is heard.
async fn headers_do_not_arrive(product: &Product) {
    let headers: Vec<_> = attacks()
        .into_iter()
        .filter(|it| it.place == Place::Header)
        .collect();
    for attack in &headers {
        let answer = fetch(&product.url(attack)).await;
        let content = attack.content(&product.words);
        let (name, value) = content.split_once(": ").unwrap();
        let mut values = answer.headers().get_all(name).iter();
        let arrives = values.any(|it| it.as_bytes() == value.as_bytes());
        assert!(!arrives, "{}: {:?}", attack.name, answer.headers());
        assert_eq!(answer.body(), "<p>an answer</p>", "{}", attack.name);
    }
    println!("{} headers", headers.len());
}

async fn redirects_are_refused_by_name(product: &Product) {
    let redirects = at(&[Place::Redirect]);
    for attack in &redirects {
        let answer = fetch(&product.url(attack)).await;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        let says = "which is no path of this application";
        assert!(
            answer.status() == 502 && text.contains(says),
            "{}: {text}",
            attack.name
        );
    }
    println!("{} redirects", redirects.len());
}

/// One registration, in which each item is named.
async fn paths_are_refused_by_name(product: &Product) {
    let paths = at(&[Place::Path]);
    let why = product.why_not("hostile-paths").await.to_string();
    for attack in &paths {
        let path = attack.content(&product.words);
        let path = path.escape_debug();
        let says = format!("menu item `{path}` has no path of this application");
        assert!(why.contains(&says), "{}: {why}", attack.name);
    }
    println!("{} paths", paths.len());
}

#[test]
fn files_of_other_types_are_refused_by_name() {
    let brought = files(&words("http://127.0.0.1:1", "http://127.0.0.1:2"));
    let refused: Vec<_> = brought
        .iter()
        .filter_map(|(path, (_, served))| Some((path, served.as_ref().err()?)))
        .collect();
    for (path, why) in &refused {
        assert!(
            why.contains(path.as_str()) && why.contains("no type that is served"),
            "{why}"
        );
    }
    let expect = [
        "static/file-without-a-type",
        "static/htm-file.htm",
        "static/shtml-file.shtml",
        "static/xhtml-file.xhtml",
    ];
    assert!(refused.iter().map(|it| it.0).eq(expect), "{refused:?}");
    println!("{} files", refused.len());
}
