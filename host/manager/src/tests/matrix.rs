//! Who gets what: every kind of thing, for every actor, behind every access, granted and
//! revoked. What is to be expected is worked out here by a rule of its own.

use goatkit_capability::grants::Policy;
use goatkit_capability::{Actor, Scope};
use goatkit_runtime::{Access, CallError, Content, Output, Registration, RouteRequest, Widget};

use crate::access::{AccessDenied, permits};
use crate::manager::Manager;
use crate::snapshot::RouteMatch;
use crate::testing::{
    PATIENCE, World, actor, answer, exposed, item, name, page, registration, route, session, widget,
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Page,
    Route,
    Widget,
    Item,
    Function,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    Nobody,
    CustomerWithout,
    AgentWith,
    AgentWithout,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum For {
    Everyone,
    SignedIn,
    Permitted,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Grant {
    Granted,
    Revoked,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Shown,
    SignIn,
    Forbidden,
    Nothing,
}

const KINDS: [Kind; 5] = [
    Kind::Page,
    Kind::Route,
    Kind::Widget,
    Kind::Item,
    Kind::Function,
];
const ACTORS: [Who; 4] = [
    Who::Nobody,
    Who::CustomerWithout,
    Who::AgentWith,
    Who::AgentWithout,
];
const ACCESSES: [For; 3] = [For::Everyone, For::SignedIn, For::Permitted];

impl For {
    fn word(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::SignedIn => "signed-in",
            Self::Permitted => "permitted",
        }
    }

    fn access(self) -> Access {
        match self {
            Self::Everyone => Access::Public,
            Self::SignedIn => Access::SignedIn,
            Self::Permitted => Access::Permission("kb.view".to_owned()),
        }
    }
}

impl Who {
    fn actor(self) -> Option<Actor> {
        match self {
            Self::Nobody => None,
            Self::CustomerWithout => Some(actor("customer", &["ticket.read"])),
            Self::AgentWith => Some(actor("agent", &["kb.view"])),
            Self::AgentWithout => Some(actor("agent", &[])),
        }
    }
}

/// The rule: what was not granted is not there; a function is for plugins, whoever is signed in;
/// a place for many leaves out what is not for somebody; the rest says why.
fn expected(kind: Kind, who: Who, access: For, grant: Grant) -> Outcome {
    let is_a_place_for_many = matches!(kind, Kind::Widget | Kind::Item);
    let signed_in = who != Who::Nobody;
    let missing = match access {
        _ if grant == Grant::Revoked => return Outcome::Nothing,
        _ if kind == Kind::Function => return Outcome::Shown,
        For::Everyone => return Outcome::Shown,
        For::SignedIn if signed_in => return Outcome::Shown,
        For::Permitted if who == Who::AgentWith => return Outcome::Shown,
        _ if signed_in => Outcome::Forbidden,
        _ => Outcome::SignIn,
    };
    if is_a_place_for_many {
        return Outcome::Nothing;
    }
    missing
}

/// What there is, behind each access.
fn kb() -> Registration {
    let each = || ACCESSES.into_iter().map(|it| (it.word(), it.access()));
    Registration {
        functions: vec![exposed("card", &[], "html")],
        pages: each()
            .map(|(word, access)| page(&format!("/desk/page/{word}"), access))
            .collect(),
        routes: each()
            .map(|(word, access)| route("GET", &format!("/desk/route/{word}/{{id}}"), access))
            .collect(),
        widgets: each()
            .map(|(word, access)| Widget {
                access,
                ..widget(word, "dashboard", "card")
            })
            .collect(),
        // Public by themselves: they lead to pages.
        menu_items: each()
            .map(|(word, _)| item(word, &format!("/desk/page/{word}"), None))
            .collect(),
        permissions: vec!["kb.view".to_owned()],
        ..registration("kb")
    }
}

/// What calls the function of the other.
fn desk() -> Registration {
    Registration {
        functions: vec![exposed("ask", &[], "json")],
        ..registration("desk")
    }
}

fn by_access(access: &Access, who: Option<&Actor>) -> Outcome {
    match permits(access, who) {
        Ok(()) => Outcome::Shown,
        Err(AccessDenied::SignIn) => Outcome::SignIn,
        Err(AccessDenied::Permission(name)) => {
            assert_eq!(name, "kb.view");
            Outcome::Forbidden
        }
    }
}

fn shown(is: bool) -> Outcome {
    match is {
        true => Outcome::Shown,
        false => Outcome::Nothing,
    }
}

async fn observed(manager: &Manager, kind: Kind, who: Who, access: For) -> Outcome {
    let (snapshot, session) = (manager.snapshot(), session(manager, who.actor()));
    let actor = session.facts().actor.as_ref();
    let word = access.word();
    match kind {
        Kind::Page => match snapshot.pages.get(&format!("/desk/page/{word}")) {
            Some(page) => by_access(&page.page.access, actor),
            None => Outcome::Nothing,
        },
        Kind::Route => match snapshot.route("GET", &format!("/desk/route/{word}/7")) {
            RouteMatch::Found(route, _) => {
                let answer = manager.handle(&session, &route, RouteRequest::default());
                assert_eq!(answer.await.unwrap().body, Content::Text("ok".to_owned()));
                by_access(&route.route.access, actor)
            }
            RouteMatch::OtherMethods(_) | RouteMatch::None => Outcome::Nothing,
        },
        Kind::Widget => {
            let answers = manager.run_widgets(&session, "dashboard").await;
            let mut answers = answers.iter().filter(|it| it.html.is_ok());
            shown(answers.any(|it| it.widget.id == word))
        }
        Kind::Item => {
            let menu = snapshot.menu_for(actor);
            shown(menu.iter().any(|entry| entry.item.label == word))
        }
        Kind::Function => {
            let desk = name("desk");
            let ask = manager.call_function(&session, &desk, "ask", "[]".to_owned());
            shown(ask.await == Ok(Output::Json(r#""ok""#.to_owned())))
        }
    }
}

#[tokio::test]
async fn everybody_gets_what_is_granted_and_for_them_and_nothing_else() {
    let world = World::new();
    let asks = "reach: { routes: [/desk/*], widgets: [dashboard] }";
    world.plugin(kb(), asks, |_| answer("ok"));
    world.plugin(desk(), "capabilities: { plugins: [kb.card] }", |called| {
        Box::pin(async move {
            let scope = Scope::Call(called.session.call_facts(PATIENCE));
            let answer = called
                .rooms
                .plugins
                .call(&scope, "kb", "card", "[]".to_owned());
            let fault = |fault| CallError::fault(&name("desk"), &"ask", fault);
            answer.await.map_err(fault)
        })
    });
    let manager = world.open(Policy::Nothing);
    manager.discover();
    for plugin in ["kb", "desk"] {
        manager.grant(&name(plugin), &[]).await.unwrap();
    }
    manager.register_all().await;
    let mut cases = 0;
    for grant in [Grant::Granted, Grant::Revoked] {
        if grant == Grant::Revoked {
            for plugin in ["kb", "desk"] {
                manager.revoke(&name(plugin), &[]).await.unwrap();
            }
        }
        for kind in KINDS {
            for who in ACTORS {
                for access in ACCESSES {
                    let observed = observed(&manager, kind, who, access).await;
                    let expect = expected(kind, who, access, grant);
                    assert_eq!(observed, expect, "{kind:?} {who:?} {access:?} {grant:?}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 120);
}
