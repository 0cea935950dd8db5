use super::*;
use crate::Directory;
use crate::accounts::tests::{people, signed_in, somebody};

fn refusal<T: std::fmt::Debug>(result: Result<T, PeopleError>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn the_administrator_is_there_and_may_administer() {
    let (people, _) = people();
    let roles = people.roles().await.unwrap();
    let administrator = Role {
        name: ADMINISTRATOR.to_owned(),
        permissions: [ADMINISTER.to_owned()].into(),
        users: 0,
    };
    assert_eq!(roles, [administrator]);
    people
        .add_user(somebody("root", &[ADMINISTRATOR]))
        .await
        .unwrap();
    people.add_user(somebody("jane", &[])).await.unwrap();
    assert_eq!(people.roles().await.unwrap()[0].users, 1);
    for (login, expect) in [("root", true), ("jane", false)] {
        let token = signed_in(&people, login).await;
        let (request, ()) = http::Request::builder()
            .header("cookie", format!("gk_session={}", token.as_str()))
            .body(())
            .unwrap()
            .into_parts();
        let visitor = people.identify(&request).await.unwrap();
        assert_eq!(visitor.actor.login, login);
        assert_eq!(visitor.actor.permissions.contains(ADMINISTER), expect);
    }
    let refused = refusal(people.remove_role(ADMINISTRATOR).await);
    assert!(refused.contains("is always there"), "{refused}");
}

#[tokio::test]
async fn nobody_is_granted_what_is_the_hosts_own() {
    let (people, _) = people();
    people.add_role("desk").await.unwrap();
    for permission in [ADMINISTER, "goatkit.anything"] {
        let refused = refusal(people.grant("desk", permission).await);
        assert!(refused.contains("the role `administrator`"), "{refused}");
    }
    assert!(people.roles().await.unwrap()[1].permissions.is_empty());
}

#[tokio::test]
async fn a_grant_counts_for_the_next_request_until_it_is_revoked() {
    let (people, _) = people();
    people.add_role("desk").await.unwrap();
    people.add_role("guest").await.unwrap();
    people.add_user(somebody("jane", &["desk"])).await.unwrap();
    let token = signed_in(&people, "jane").await;
    let may = || {
        let actor = people.visitor(token.as_str()).unwrap().actor;
        actor.permissions.into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(may(), "");
    let desk = people.grant("desk", "stats.view").await.unwrap();
    assert_eq!(desk.users, 1);
    people.grant("desk", "stats.view").await.unwrap();
    people.grant("guest", "other.view").await.unwrap();
    assert_eq!(may(), "stats.view");
    let wrong = refusal(people.revoke("desk", "stats.veiw").await);
    assert!(wrong.ends_with("did you mean `stats.view`?"), "{wrong}");
    assert_eq!(may(), "stats.view");
    let desk = people.revoke("desk", "stats.view").await.unwrap();
    assert!(desk.permissions.is_empty());
    assert_eq!(may(), "");
}

#[tokio::test]
async fn a_role_that_is_gone_gives_nothing_and_comes_back_empty() {
    let (people, _) = people();
    people.add_role("desk").await.unwrap();
    people.grant("desk", "stats.view").await.unwrap();
    people.add_user(somebody("jane", &["desk"])).await.unwrap();
    let token = signed_in(&people, "jane").await;
    let may = || people.visitor(token.as_str()).unwrap().actor.permissions;
    assert_eq!(may().len(), 1);
    people.remove_role("desk").await.unwrap();
    assert!(may().is_empty());
    people.add_role("desk").await.unwrap();
    people.grant("desk", "stats.view").await.unwrap();
    assert!(may().is_empty());
    assert!(people.user("jane").await.unwrap().roles.is_empty());
}

#[tokio::test]
async fn what_makes_no_sense_is_told() {
    let (people, _) = people();
    people.add_role("desk").await.unwrap();
    for (refused, expect) in [
        (
            people.add_role("desk").await.map(drop),
            "there is a role `desk` already",
        ),
        (
            people.add_role("Desk").await.map(drop),
            "`Desk` is no name of a role",
        ),
        (
            people.remove_role("desc").await,
            "there is no role `desc`; did you mean `desk`?",
        ),
        (
            people.grant("desc", "a.b").await.map(drop),
            "there is no role `desc`; did you mean `desk`?",
        ),
        (
            people.revoke("somebody", "a.b").await.map(drop),
            "there is no role `somebody`",
        ),
        (
            people.grant("desk", "a b").await.map(drop),
            "`a b` is no permission",
        ),
        (
            people.revoke("desk", "a.b").await.map(drop),
            "the role `desk` does not have the permission `a.b`",
        ),
    ] {
        let refused = refusal(refused);
        assert!(refused.contains(expect), "{refused}");
    }
}
