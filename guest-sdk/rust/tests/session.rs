//! The session that stands in for the host on targets without one: what `context`, `i18n`
//! and `log` answer there.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::{Duration, SystemTime};

use goatkit_plugin::log::{self, Level};
use goatkit_plugin::testing::{Session, take_log};
use goatkit_plugin::{Timestamp, Value, context, i18n};

#[test]
fn a_session_ends_where_it_began() {
    let outer = Session::default().locale("fr");
    outer.run(|| {
        let panicked = std::panic::catch_unwind(|| {
            Session::default()
                .locale("de")
                .run(|| assert_eq!(context::locale(), Ok("fr".into())));
        });
        assert!(panicked.is_err());
        assert_eq!(context::locale(), Ok("fr".to_owned()));
    });
    assert_eq!(context::locale(), Ok("en".to_owned()));
}

#[test]
fn a_permission_is_somebodys() {
    let may = |session: Session| session.run(|| context::has_permission("kb.view")).unwrap();
    let ada = Session::default().signed_in("ada", "agent");
    assert!(may(ada.clone().permitted("kb.view")));
    assert!(!may(ada.clone().permitted("kb.edit")));
    assert!(!may(ada));
    assert!(
        !may(Session::default().permitted("kb.view")),
        "nobody has it"
    );
}

#[test]
fn context_and_log_answer_natively() {
    let start = context::now().unwrap();
    let later = Timestamp {
        seconds: start.seconds + 1,
        nanoseconds: 5,
    };
    assert_eq!(later.duration_since(start), Some(Duration::new(1, 5)));
    assert_eq!(start.duration_since(later), None);
    let before = Timestamp {
        seconds: -1,
        nanoseconds: 250_000_000,
    };
    assert_eq!(
        SystemTime::from(before),
        SystemTime::UNIX_EPOCH - Duration::from_millis(750)
    );

    assert_eq!(context::deadline(), Ok(Duration::from_secs(2)));
    assert_eq!(context::entry().unwrap().kind, "page");
    assert_eq!(context::tenant(), Ok(None));
    assert_eq!(context::caller(), Ok(None));
    assert_eq!(context::request_id(), Ok("test".to_owned()));

    let session = Session::default()
        .translation("de", "a", "Ä {n}")
        .translation("en", "a", "A {n}");
    session.run(|| {
        assert_eq!(i18n::locales(), Ok(vec!["de".to_owned(), "en".to_owned()]));
        assert_eq!(
            i18n::translate_to("de-CH", "a", &[("n", &1)]),
            Ok("Ä 1".to_owned())
        );
        assert_eq!(
            i18n::translate_to("fr", "a", &[("n", &1)]),
            Ok("A 1".to_owned())
        );
        assert_eq!(i18n::t("b"), Ok("b".to_owned()));
    });

    log::write(
        Level::Warn,
        "slow",
        &[("ms", Value::from(5)), ("who", "ä".into())],
    );
    let [line] = <[_; 1]>::try_from(take_log()).unwrap();
    assert_eq!(line.level, Level::Warn);
    assert_eq!(
        line.fields,
        [
            ("ms".to_owned(), "5".to_owned()),
            ("who".to_owned(), "\"ä\"".to_owned())
        ]
    );
}
