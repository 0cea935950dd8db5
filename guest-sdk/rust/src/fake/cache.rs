//! The cache, as the session and its clones keep it. It is as old as the session's clock says,
//! and nothing makes room in it.

use crate::testing::{Kept, Session, denied, session};
use crate::types::Fault;

/// Bytes of a key.
const MOST_KEY_BYTES: usize = 512;

pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Fault> {
    within("get a value", key, |session, _| {
        let world = session.powers.world.borrow();
        let kept = world.cache.get(key).filter(|kept| is_fresh(kept, session));
        Ok(kept.map(|kept| kept.value.clone()))
    })
}

pub(crate) fn set(key: &str, value: &[u8], ttl: Option<u64>) -> Result<(), Fault> {
    within("set a value", key, |session, most| {
        if ttl == Some(0) {
            return Err(Fault::Invalid(
                "a value is kept for at least a millisecond".to_owned(),
            ));
        }
        if value.len() > most {
            return Err(Fault::TooLarge(format!(
                "the value has {} bytes, and the cache {most}",
                value.len()
            )));
        }
        let now = session.now.nanoseconds_since_epoch();
        let kept = Kept {
            value: value.to_vec(),
            until: ttl.map(|ttl| now + i128::from(ttl) * 1_000_000),
        };
        let mut world = session.powers.world.borrow_mut();
        world.cache.insert(key.to_owned(), kept);
        Ok(())
    })
}

pub(crate) fn delete(key: &str) -> Result<bool, Fault> {
    within("delete a value", key, |session, _| {
        let gone = session.powers.world.borrow_mut().cache.remove(key);
        Ok(gone.is_some_and(|kept| is_fresh(&kept, session)))
    })
}

/// With the bytes that are granted, and a key that is one.
fn within<T>(
    asked: &str,
    key: &str,
    act: impl FnOnce(&Session, usize) -> Result<T, Fault>,
) -> Result<T, Fault> {
    session(|session| {
        let Some(most) = session.powers.grants.cache else {
            return Err(denied(
                "cache",
                asked.to_owned(),
                "add `cache: { bytes: 1MiB }` under `capabilities` in manifest.yaml and grant it"
                    .to_owned(),
            ));
        };
        match key.len() {
            1..=MOST_KEY_BYTES => act(session, most),
            bytes => Err(Fault::Invalid(format!(
                "a key has 1 to {MOST_KEY_BYTES} bytes, not {bytes}"
            ))),
        }
    })
}

fn is_fresh(kept: &Kept, session: &Session) -> bool {
    let now = session.now.nanoseconds_since_epoch();
    kept.until.is_none_or(|until| now < until)
}
