//! The host's side of the capabilities on targets that have no host: the same modules and
//! functions as the generated imports, answered from the thread's
//! [`Session`](crate::testing::Session).

pub(crate) mod context {
    use crate::context::{Actor, Entry};
    use crate::testing::session;
    use crate::types::{Fault, Timestamp};

    pub(crate) fn actor() -> Result<Option<Actor>, Fault> {
        Ok(session(|session| session.actor.clone()))
    }

    pub(crate) fn tenant() -> Result<Option<String>, Fault> {
        Ok(session(|session| session.tenant.clone()))
    }

    pub(crate) fn locale() -> Result<String, Fault> {
        Ok(session(|session| session.locale.clone()))
    }

    pub(crate) fn now() -> Result<Timestamp, Fault> {
        Ok(session(|session| session.now))
    }

    pub(crate) fn request_id() -> Result<String, Fault> {
        Ok(session(|session| session.request_id.clone()))
    }

    pub(crate) fn deadline() -> Result<u64, Fault> {
        let nanoseconds = session(|session| session.deadline.as_nanos());
        Ok(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }

    pub(crate) fn entry() -> Result<Entry, Fault> {
        Ok(session(|session| session.entry.clone()))
    }

    pub(crate) fn caller() -> Result<Option<String>, Fault> {
        Ok(session(|session| session.caller.clone()))
    }
}

pub(crate) mod log {
    use crate::log::Level;
    use crate::testing::{self, Line};

    pub(crate) fn write(level: Level, message: &str, fields: &[(String, String)]) {
        testing::write(Line {
            level,
            message: message.to_owned(),
            fields: fields.to_vec(),
        });
    }
}

pub(crate) mod i18n {
    use crate::testing::{Session, session};
    use crate::types::Fault;

    pub(crate) fn translate(key: &str, args: &[(String, String)]) -> Result<String, Fault> {
        Ok(session(|session| text(session, &session.locale, key, args)))
    }

    pub(crate) fn translate_to(
        locale: &str,
        key: &str,
        args: &[(String, String)],
    ) -> Result<String, Fault> {
        Ok(session(|session| text(session, locale, key, args)))
    }

    pub(crate) fn locales() -> Result<Vec<String>, Fault> {
        Ok(session(|session| {
            session.translations.keys().cloned().collect()
        }))
    }

    fn text(session: &Session, locale: &str, key: &str, args: &[(String, String)]) -> String {
        let shorter = std::iter::successors(Some(locale), |tag| {
            tag.rsplit_once('-').map(|(shorter, _)| shorter)
        });
        let text = shorter
            .chain(["en"])
            .find_map(|locale| session.translations.get(locale)?.get(key));
        let start = text.map_or(key, String::as_str).to_owned();
        args.iter().fold(start, |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }
}
