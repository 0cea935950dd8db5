//! Who sees what: every place of a plugin × everybody × every access × every grant × every method,
//! held against a rule of a few lines that knows nothing of the host.

use goatkit_host::{Accounts, HostBuilder, NewUser};

use crate::site::{Ask, Site, ask, reach_all};

const PASSWORD: &str = "correct horse battery";

const OPERATOR: &str = r#"
[pages]
"/call/public" = "public"
"/call/signed-in" = "signed-in"
"/call/permission" = "reach_all.view"
"#;

const CALL: &str = "{% use reach_all %}{{ reach_all.hello() }}";

const TEMPLATES: [(&str, &str); 5] = [
    (
        "widgets.html",
        "{% for it in widgets('dashboard') %}[{{ it.id }}]{% endfor %}",
    ),
    (
        "menu.html",
        "{% for it in menu %}[{{ it.label }}]{% endfor %}",
    ),
    ("call/public.html", CALL),
    ("call/signed-in.html", CALL),
    ("call/permission.html", CALL),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Page,
    Route,
    Widget,
    MenuItem,
    Function,
    Channel,
}

const PLACES: [Place; 6] = [
    Place::Page,
    Place::Route,
    Place::Widget,
    Place::MenuItem,
    Place::Function,
    Place::Channel,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nobody,
    Customer,
    AgentWithout,
    AgentWith,
    SessionEnded,
}

const EVERYBODY: [Who; 5] = [
    Who::Nobody,
    Who::Customer,
    Who::AgentWithout,
    Who::AgentWith,
    Who::SessionEnded,
];

const ACCESSES: [&str; 3] = ["public", "signed-in", "permission"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    Never,
    Granted,
    Revoked,
}

const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE",
];

/// What is to come: a status, and whether what was asked about is shown where a page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expect {
    status: u16,
    shown: bool,
}

/// The rule. `200` or what stands in its place for somebody who may not.
fn expected(place: Place, who: Who, access: &str, grant: Grant, method: &str) -> Expect {
    let signed_in = !matches!(who, Who::Nobody | Who::SessionEnded);
    let may = match access {
        "public" => true,
        "signed-in" => signed_in,
        _ => who == Who::AgentWith,
    };
    let reads = matches!(method, "GET" | "HEAD");
    let status = |status| Expect {
        status,
        shown: false,
    };
    let for_people = match (may, signed_in, reads) {
        (true, _, _) => 200,
        (false, true, _) => 403,
        // Whoever reads is asked to sign in.
        (false, false, true) => 303,
        (false, false, false) => 401,
    };
    let of_plugin = grant == Grant::Granted;
    match place {
        Place::Page if !of_plugin => status(404),
        Place::Page if !reads => status(405),
        Place::Page => status(for_people),
        Place::Route if !of_plugin => status(404),
        Place::Route if matches!(method, "OPTIONS" | "TRACE" | "PURGE") => status(405),
        Place::Route => status(for_people),
        // They stand in a page of the application's, which is for everybody.
        Place::Widget | Place::MenuItem if !reads => status(405),
        Place::Widget | Place::MenuItem => Expect {
            status: 200,
            shown: of_plugin && may && method == "GET",
        },
        // A page of the application's that uses the plugin, which needs no grant for that; one that
        // waits for its first consent is not there.
        Place::Function if !reads => status(405),
        Place::Function if for_people == 200 && grant == Grant::Never => status(500),
        Place::Function => Expect {
            status: for_people,
            shown: for_people == 200 && method == "GET",
        },
        // Its authorizer, which a plugin that waits has not, knows pages' people and sends nobody
        // away to sign in. What is granted is publishing.
        Place::Channel if !reads => status(405),
        Place::Channel if grant == Grant::Never => status(404),
        Place::Channel => status(if may { 200 } else { 403 }),
    }
}

async fn site() -> Site {
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("gk.toml"), OPERATOR).unwrap();
    let plugins = folder.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    reach_all("{{ csrf() }}").write_zip(&plugins);
    for (name, text) in TEMPLATES {
        let path = folder.path().join("templates").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Site::on(folder, HostBuilder::sign_in).await
}

/// The cookie of everybody.
async fn cookies(accounts: &Accounts) -> Vec<(Who, String)> {
    accounts.add_role("viewer").await.unwrap();
    accounts.grant("viewer", "reach_all.view").await.unwrap();
    let mut cookies = vec![(Who::Nobody, String::new())];
    for (who, login, kind, roles) in [
        (Who::Customer, "customer", "customer", &[][..]),
        (Who::AgentWithout, "agent", "agent", &[]),
        (Who::AgentWith, "viewer", "agent", &["viewer"]),
        (Who::SessionEnded, "gone", "agent", &["viewer"]),
    ] {
        let user = NewUser {
            login: login.to_owned(),
            kind: kind.to_owned(),
            id: None,
            password: PASSWORD.into(),
            roles: roles.iter().map(ToString::to_string).collect(),
        };
        accounts.add_user(user).await.unwrap();
        let token = accounts.sign_in(login, PASSWORD, None).await.unwrap();
        cookies.push((who, format!("gk_session={}", token.as_str())));
    }
    accounts.end_sessions("gone").await.unwrap();
    cookies
}

fn path(place: Place, access: &str) -> String {
    match place {
        Place::Page => format!("/desk/page-{access}"),
        Place::Route => format!("/desk/route-{access}"),
        Place::Widget => "/widgets".to_owned(),
        Place::MenuItem => "/menu".to_owned(),
        Place::Function => format!("/call/{access}"),
        Place::Channel => format!("/plugins/reach-all/events/{access}"),
    }
}

fn mark(place: Place, access: &str) -> String {
    match place {
        Place::Widget => format!("[{access}]"),
        Place::MenuItem => format!("[Menu {access}]"),
        _ => "hello".to_owned(),
    }
}

async fn found(site: &Site, place: Place, request: Ask, mark: &str) -> Expect {
    if place == Place::Channel {
        // What is streamed has no end.
        let status = site.status(request).await;
        return Expect {
            status,
            shown: false,
        };
    }
    let answer = site.ask(request).await;
    let shows = matches!(place, Place::Widget | Place::MenuItem | Place::Function);
    Expect {
        status: answer.status,
        shown: shows && answer.status == 200 && answer.text().contains(mark),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_for_whom_it_is_for() {
    let site = site().await;
    let cookies = cookies(site.host.accounts().unwrap()).await;
    let (mut asked, mut wrong) = (0, Vec::new());
    for grant in [Grant::Never, Grant::Granted, Grant::Revoked] {
        match grant {
            Grant::Never => {}
            Grant::Granted => site.grant("reach-all", "").await,
            Grant::Revoked => site.revoke("reach-all", "").await,
        }
        for who in EVERYBODY {
            let (_, cookie) = cookies.iter().find(|it| it.0 == who).unwrap();
            // The token of the plugin's forms, where there is one.
            let page = ask("GET", "/desk/page-public").cookie(cookie);
            let page = site.ask(page).await.text();
            let token = page.split("value=\"").nth(1);
            let token = token
                .and_then(|it| it.split('"').next())
                .unwrap_or_default();
            for (place, access, method) in places() {
                let path = path(place, access);
                let request = ask(method, &path)
                    .cookie(cookie)
                    .header("x-csrf-token", token);
                let found = found(&site, place, request, &mark(place, access)).await;
                let expect = expected(place, who, access, grant, method);
                asked += 1;
                if found != expect {
                    wrong.push(format!(
                        "{place:?} {access} {who:?} {grant:?} {method}: {found:?}, not {expect:?}"
                    ));
                }
            }
        }
    }
    println!("{asked} combinations");
    assert_eq!(asked, 6 * 5 * 3 * 3 * 9);
    assert!(
        wrong.is_empty(),
        "{} of {asked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn places() -> impl Iterator<Item = (Place, &'static str, &'static str)> {
    let accesses = |place| ACCESSES.iter().map(move |access| (place, *access));
    let places = PLACES.into_iter().flat_map(accesses);
    places.flat_map(|(place, access)| METHODS.iter().map(move |it| (place, access, *it)))
}
