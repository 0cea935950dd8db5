use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::time::{Duration, UNIX_EPOCH};

use goatkit_capability::ManualClock;

use super::*;

fn tokens() -> (Tokens, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000_000)));
    let platform = PlatformDb::in_memory().unwrap();
    (again(&platform, &clock), clock)
}

fn again(platform: &PlatformDb, clock: &Arc<ManualClock>) -> Tokens {
    Tokens::open(platform.clone(), Arc::clone(clock) as Arc<dyn Clock>).unwrap()
}

fn new(name: &str, scopes: &[Scope]) -> NewToken {
    NewToken {
        name: name.to_owned(),
        scopes: scopes.iter().copied().collect(),
        lasts: None,
    }
}

#[test]
fn each_scope_has_its_word() {
    for scope in [Scope::Read, Scope::Grant, Scope::Operate, Scope::People] {
        let word = scope.as_str();
        assert_eq!(Scope::parse(word).unwrap(), scope);
        assert_eq!(serde_json::to_value(scope).unwrap(), word);
        assert_eq!(serde_json::from_value::<Scope>(word.into()).unwrap(), scope);
    }
    assert_eq!(SCOPES.len(), 4);
    let refused = Scope::parse("write").unwrap_err().to_string();
    assert_eq!(
        refused,
        "`write` is no scope: there are read, grant, operate, people"
    );
}

#[tokio::test]
async fn a_token_is_known_until_it_is_revoked() {
    let (tokens, clock) = tokens();
    let (made, secret) = tokens.create(new("ci", &[Scope::Read])).await.unwrap();
    let (other, other_secret) = tokens.create(new("ops", &[Scope::Grant])).await.unwrap();
    assert!(secret.as_str().starts_with("gka_"));
    assert_eq!(secret.as_str().len(), 4 + 43);
    assert_eq!(format!("{secret:?}"), "TokenSecret(…)");
    assert_eq!(tokens.check(secret.as_str()), Some(made.clone()));
    assert_eq!(tokens.list(), [made.clone(), other.clone()]);
    let next = again(&tokens.platform, &clock);
    assert_eq!(next.check(secret.as_str()), Some(made.clone()));

    tokens.revoke(made.id).await.unwrap();
    assert_eq!(tokens.check(secret.as_str()), None);
    assert_eq!(tokens.check(other_secret.as_str()), Some(other));
    next.reread().await.unwrap();
    assert_eq!(next.check(secret.as_str()), None);
    let again = tokens.revoke(made.id).await.unwrap_err().to_string();
    assert!(again.contains("there is no token 1"), "{again}");
    // The name is free, the number is not.
    let (new, _) = tokens.create(new("ci", &[Scope::Read])).await.unwrap();
    assert_eq!(new.id, 3);
}

#[tokio::test]
async fn what_is_no_token_is_nobodys() {
    let (tokens, _) = tokens();
    let (_, secret) = tokens.create(new("ci", &[Scope::Read])).await.unwrap();
    let secret = secret.as_str();
    let rows: Vec<Vec<u8>> = tokens
        .platform
        .with(|db| {
            let mut statement = db.prepare("SELECT token FROM admin_tokens")?;
            statement.query_map([], |row| row.get(0))?.collect()
        })
        .unwrap();
    assert!(!String::from_utf8_lossy(&rows[0]).contains(&secret[4..]));
    for shown in [
        "",
        "gka_",
        &secret[4..],
        &secret[..secret.len() - 1],
        &format!("{secret} "),
        &format!("gkb_{}", &secret[4..]),
        &secret.to_uppercase(),
    ] {
        assert_eq!(tokens.check(shown), None, "{shown}");
    }
}

#[tokio::test]
async fn a_token_ends_at_its_time() {
    let (tokens, clock) = tokens();
    let lasts = |seconds| NewToken {
        lasts: Some(Duration::from_secs(seconds)),
        ..new("ci", &[Scope::Read])
    };
    for wrong in [0, u64::MAX, i64::MAX.unsigned_abs(), 253_402_300_800] {
        let refused = tokens.create(lasts(wrong)).await.unwrap_err().to_string();
        assert!(refused.contains("until 9999"), "{refused}");
    }
    let (made, secret) = tokens.create(lasts(60)).await.unwrap();
    assert_eq!(made.expires, Some(clock.now() + Duration::from_secs(60)));
    clock.advance(Duration::from_secs(59));
    assert!(tokens.check(secret.as_str()).is_some());
    clock.advance(Duration::from_secs(1));
    assert!(tokens.check(secret.as_str()).is_none());
    assert_eq!(tokens.list(), [made]);
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused() {
    let (tokens, _) = tokens();
    tokens.create(new("ci", &[Scope::Read])).await.unwrap();
    for (it, expect) in [
        (new("", &[Scope::Read]), "1 to 64 bytes"),
        (new(" ci", &[Scope::Read]), "no spaces around it"),
        (new(&"a".repeat(65), &[Scope::Read]), "1 to 64 bytes"),
        (new("a\nb", &[Scope::Read]), "no control characters"),
        (new("x", &[]), "name one"),
        (new("ci", &[Scope::People]), "token 1 is named `ci` already"),
    ] {
        let refused = tokens.create(it).await.unwrap_err().to_string();
        assert!(refused.contains(expect), "{refused}");
    }
    assert_eq!(tokens.list().len(), 1);
}

#[tokio::test]
async fn there_are_only_so_many() {
    let (tokens, _) = tokens();
    tokens
        .platform
        .with(|db| {
            for number in 0..MOST as i64 {
                let insert = "INSERT INTO admin_tokens (token, name, scopes, created_at)
                    VALUES (randomblob(32), ?, 'read', 0)";
                db.execute(insert, [number.to_string()])?;
            }
            Ok(())
        })
        .unwrap();
    let refused = tokens.create(new("ci", &[Scope::Read])).await.unwrap_err();
    assert!(refused.to_string().contains("revoke some"), "{refused}");
}

#[tokio::test]
async fn the_first_token_is_made_once_and_may_do_everything() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("admin-token");
    let (tokens, clock) = tokens();
    assert!(tokens.first(&path).unwrap());
    let text = fs::read_to_string(&path).unwrap();
    let secret = text.strip_suffix('\n').unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let first = tokens.check(secret).unwrap();
    assert_eq!((first.name.as_str(), first.scopes.len()), ("first", 4));
    // Not at the next start, and not after it was revoked.
    assert!(!again(&tokens.platform, &clock).first(&path).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    tokens.revoke(first.id).await.unwrap();
    assert!(!tokens.first(&path).unwrap());
    assert!(tokens.check(secret).is_none());
    assert!(tokens.list().is_empty());
}

#[test]
fn the_first_token_is_not_written_through_a_link() {
    let data = tempfile::tempdir().unwrap();
    let (path, elsewhere) = (data.path().join("admin-token"), data.path().join("other"));
    fs::write(&elsewhere, "mine").unwrap();
    symlink(&elsewhere, &path).unwrap();
    let (tokens, _) = tokens();
    assert!(tokens.first(&path).unwrap());
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine");
    let file = fs::symlink_metadata(&path).unwrap();
    assert!(file.is_file());
    assert_eq!(file.mode() & 0o777, 0o600);
}

#[test]
fn a_first_token_that_cannot_be_written_does_not_count() {
    let data = tempfile::tempdir().unwrap();
    let (tokens, _) = tokens();
    let nowhere = data.path().join("nowhere/admin-token");
    let refused = tokens.first(&nowhere).unwrap_err().to_string();
    assert!(refused.contains("nowhere/admin-token"), "{refused}");
    assert!(tokens.list().is_empty());
    assert!(tokens.first(&data.path().join("admin-token")).unwrap());
}
