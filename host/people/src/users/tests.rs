use std::sync::atomic::Ordering;
use std::time::Duration;

use super::*;
use crate::accounts::tests::{PASSWORD, people, signed_in, somebody};

fn refusal<T: std::fmt::Debug>(result: Result<T, PeopleError>) -> String {
    result.unwrap_err().to_string()
}

fn customer(login: &str, id: Option<&str>) -> NewUser {
    NewUser {
        kind: "customer".to_owned(),
        id: id.map(str::to_owned),
        ..somebody(login, &[])
    }
}

#[tokio::test]
async fn a_user_is_found_by_his_login_in_any_case() {
    let (people, clock) = people();
    people.add_role("desk").await.unwrap();
    let new = somebody(" Jane ", &["desk", "desk"]);
    let added = people.add_user(new).await.unwrap();
    assert_eq!((added.login.as_str(), added.id.as_str()), ("Jane", "1"));
    assert_eq!(added.roles, ["desk".to_owned()].into());
    assert_eq!((added.disabled, added.last_sign_in), (false, None));
    assert_eq!(people.user("JANE").await.unwrap(), added);

    clock.advance(Duration::from_secs(60));
    signed_in(&people, "jane").await;
    let seen = people.user("jane").await.unwrap().last_sign_in.unwrap();
    assert_eq!(seen, added.added + Duration::from_secs(60));

    let unknown = refusal(people.user("john").await);
    assert_eq!(unknown, "there is no user `john`");
}

#[tokio::test]
async fn what_cannot_be_added_is_refused_and_leaves_nothing() {
    let (people, _) = people();
    people.add_user(somebody("jane", &[])).await.unwrap();
    let made = people.0.hashing.seen.made.load(Ordering::SeqCst);
    for (new, expect) in [
        (somebody("", &[]), "a login must not be empty"),
        (
            NewUser {
                kind: "system".to_owned(),
                ..somebody("john", &[])
            },
            "the host itself",
        ),
        (customer("john", Some("")), "no identifier"),
        (
            NewUser {
                password: "short".into(),
                ..somebody("john", &[])
            },
            "at least 12 letters",
        ),
    ] {
        let refusal = refusal(people.add_user(new).await);
        assert!(refusal.contains(expect), "{refusal}");
    }
    // None of these cost a hash.
    assert_eq!(people.0.hashing.seen.made.load(Ordering::SeqCst), made);
    for (new, expect) in [
        (somebody("JANE", &[]), "there is a user `JANE` already"),
        (
            somebody("john", &["administrater"]),
            "there is no role `administrater`; did you mean `administrator`?",
        ),
    ] {
        let refusal = refusal(people.add_user(new).await);
        assert!(refusal.contains(expect), "{refusal}");
    }
    assert_eq!(people.users(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_identifier_is_the_applications_and_never_somebody_elses() {
    let (people, _) = people();
    let add = async |new| people.add_user(new).await.map(|user| user.id);
    assert_eq!(add(somebody("a", &[])).await.unwrap(), "1");
    assert_eq!(add(customer("b", Some("7"))).await.unwrap(), "7");
    assert_eq!(
        add(customer("c", Some("acme/42"))).await.unwrap(),
        "acme/42"
    );
    // Agents and customers may be numbered each for themselves.
    let agent = NewUser {
        id: Some("7".to_owned()),
        ..somebody("d", &[])
    };
    assert_eq!(add(agent).await.unwrap(), "7");
    let taken = refusal(add(customer("e", Some("7"))).await);
    assert_eq!(taken, "`b` is the customer with the identifier `7` already");
    add(customer("e", Some("20"))).await.unwrap();
    people.remove_user("e").await.unwrap();
    // What was given once is not given by itself, also when it is free again.
    assert_eq!(add(somebody("f", &[])).await.unwrap(), "21");
    people.remove_user("f").await.unwrap();
    assert_eq!(add(somebody("g", &[])).await.unwrap(), "22");
    // A number without end does not use all numbers up.
    let huge = i64::MAX.to_string();
    assert_eq!(add(customer("h", Some(&huge))).await.unwrap(), huge);
    assert_eq!(add(somebody("i", &[])).await.unwrap(), "24");
}

#[tokio::test]
async fn users_are_listed_piece_by_piece() {
    let (people, _) = people();
    for login in ["Ann", "bob", "Cid"] {
        people.add_user(somebody(login, &[])).await.unwrap();
    }
    let list = async |after, most| {
        let users = people.users(after, most).await.unwrap();
        let logins: Vec<String> = users.into_iter().map(|it| it.login).collect();
        logins.join(" ")
    };
    assert_eq!(list(None, 2).await, "Ann bob");
    assert_eq!(list(Some("BOB"), 2).await, "Cid");
    assert_eq!(list(Some("Cid"), 2).await, "");
}

#[tokio::test]
async fn a_change_of_roles_counts_for_the_next_request() {
    let (people, _) = people();
    for role in ["desk", "lead"] {
        people.add_role(role).await.unwrap();
        people.grant(role, &format!("{role}.work")).await.unwrap();
    }
    people.add_user(somebody("jane", &["desk"])).await.unwrap();
    let token = signed_in(&people, "jane").await;
    let may = || {
        let actor = people.visitor(token.as_str()).unwrap().actor;
        actor.permissions.into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(may(), "desk.work");
    let change = async |change| people.change_user("jane", change).await;
    let names = |names: &[&str]| names.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    let more = UserChange {
        add_roles: names(&["lead"]),
        ..UserChange::default()
    };
    change(more).await.unwrap();
    assert_eq!(may(), "desk.work lead.work");
    let less = UserChange {
        remove_roles: names(&["desk"]),
        ..UserChange::default()
    };
    change(less).await.unwrap();
    assert_eq!(may(), "lead.work");
    let unknown = UserChange {
        roles: Some(names(&[])),
        add_roles: names(&["led"]),
        ..UserChange::default()
    };
    let refusal = refusal(change(unknown).await);
    assert_eq!(refusal, "there is no role `led`; did you mean `lead`?");
    assert_eq!(may(), "lead.work", "nothing has changed");
    let none = UserChange {
        roles: Some(names(&[])),
        ..UserChange::default()
    };
    change(none).await.unwrap();
    assert_eq!(may(), "");
}

#[tokio::test]
async fn who_is_sent_away_is_out_at_once() {
    let (people, _) = people();
    let disabled = |disabled| UserChange {
        disabled: Some(disabled),
        ..UserChange::default()
    };
    people.add_user(somebody("other", &[])).await.unwrap();
    let other = signed_in(&people, "other").await;
    for way in ["disabled", "password", "ended", "removed"] {
        people.add_user(somebody("jane", &[])).await.unwrap();
        let token = signed_in(&people, "jane").await;
        assert!(people.visitor(token.as_str()).is_some());
        match way {
            "disabled" => {
                let user = people.change_user("jane", disabled(true)).await.unwrap();
                assert!(user.disabled);
                people.sign_in("jane", PASSWORD, None).await.unwrap_err();
                people.change_user("jane", disabled(false)).await.unwrap();
                signed_in(&people, "jane").await;
            }
            "password" => {
                let new = "another battery";
                people.set_password("jane", new.into()).await.unwrap();
                people.sign_in("jane", PASSWORD, None).await.unwrap_err();
                people.sign_in("jane", new, None).await.unwrap();
            }
            "ended" => {
                people.end_sessions("jane").await.unwrap();
                signed_in(&people, "jane").await;
            }
            _ => {
                people.remove_user("jane").await.unwrap();
                people.sign_in("jane", PASSWORD, None).await.unwrap_err();
                refusal(people.remove_user("jane").await);
                refusal(people.end_sessions("jane").await);
                refusal(people.set_password("jane", PASSWORD.into()).await);
                refusal(people.change_user("jane", disabled(true)).await);
            }
        }
        assert!(people.visitor(token.as_str()).is_none(), "{way}");
        assert!(people.visitor(other.as_str()).is_some(), "{way}");
        // Also in the next process.
        people.reread().await.unwrap();
        assert!(people.visitor(token.as_str()).is_none(), "{way}");
        let _ = people.remove_user("jane").await;
    }
}

#[tokio::test]
async fn whoever_comes_after_one_who_was_removed_inherits_nothing() {
    let (people, _) = people();
    people
        .add_user(somebody("jane", &["administrator"]))
        .await
        .unwrap();
    let old = signed_in(&people, "jane").await;
    people.remove_user("jane").await.unwrap();
    let new = people.add_user(somebody("jane", &[])).await.unwrap();
    assert_eq!(new.id, "2");
    assert!(new.roles.is_empty());
    assert!(people.visitor(old.as_str()).is_none());
    let token = signed_in(&people, "jane").await;
    let visitor = people.visitor(token.as_str()).unwrap();
    assert!(visitor.actor.permissions.is_empty());
}

#[tokio::test]
async fn a_new_password_is_checked_like_the_first() {
    let (people, _) = people();
    people
        .add_user(somebody("jane.of.the.desk", &[]))
        .await
        .unwrap();
    for (password, expect) in [
        ("short", "at least 12 letters"),
        ("Jane.of.the.desk", "must not be the login"),
    ] {
        let wrong = people.set_password("jane.of.the.desk", password.into());
        let refusal = refusal(wrong.await);
        assert!(refusal.contains(expect), "{refusal}");
    }
    signed_in(&people, "jane.of.the.desk").await;
}
