//! The one table of capabilities. Whatever walks the capabilities (the import check, the
//! manifest check, the contract test) walks this.

use std::collections::BTreeMap;

use goatkit_package::nearest;
use serde_json::Value;

use crate::grants::GrantKind;
use crate::{app, cache, db, events, http, mail, plugins, schedule};

/// Who has a capability.
#[derive(Debug, Clone, Copy)]
pub enum Power {
    /// Every plugin, unasked: it has no effect on the world.
    Free,
    /// A plugin whose manifest asks for it under `capabilities`, as far as it was granted.
    Asked(GrantKind),
}

/// One kind of power over the world.
#[derive(Debug, Clone, Copy)]
pub struct Capability {
    /// The name in manifests, grants and refusals.
    pub name: &'static str,
    /// The interface of the contract, without the version.
    pub interface: &'static str,
    /// Who has it.
    pub power: Power,
}

/// Every capability of this host.
pub const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "context",
        interface: "goatkit:plugin/context",
        power: Power::Free,
    },
    Capability {
        name: "log",
        interface: "goatkit:plugin/log",
        power: Power::Free,
    },
    Capability {
        name: "i18n",
        interface: "goatkit:plugin/i18n",
        power: Power::Free,
    },
    Capability {
        name: "config",
        interface: "goatkit:plugin/config",
        power: Power::Free,
    },
    Capability {
        name: "db",
        interface: "goatkit:plugin/db",
        power: Power::Asked(db::GRANT),
    },
    Capability {
        name: "app",
        interface: "goatkit:plugin/app",
        power: Power::Asked(app::GRANT),
    },
    Capability {
        name: "http",
        interface: "goatkit:plugin/http",
        power: Power::Asked(http::GRANT),
    },
    Capability {
        name: "mail",
        interface: "goatkit:plugin/mail",
        power: Power::Asked(mail::GRANT),
    },
    Capability {
        name: "cache",
        interface: "goatkit:plugin/cache",
        power: Power::Asked(cache::GRANT),
    },
    Capability {
        name: "schedule",
        interface: "goatkit:plugin/schedule",
        power: Power::Asked(schedule::GRANT),
    },
    Capability {
        name: "templates",
        interface: "goatkit:plugin/templates",
        power: Power::Free,
    },
    Capability {
        name: "plugins",
        interface: "goatkit:plugin/plugins",
        power: Power::Asked(plugins::GRANT),
    },
    Capability {
        name: "events",
        interface: "goatkit:plugin/events",
        power: Power::Asked(events::GRANT),
    },
];

/// Holds what a manifest asks for against the capabilities that a host has.
///
/// # Errors
/// One sentence per request that cannot be met.
pub fn check_requests(
    requests: &BTreeMap<String, Value>,
    provided: &[Capability],
) -> Result<(), Vec<String>> {
    let problems: Vec<String> = requests
        .keys()
        .filter_map(
            |name| match provided.iter().find(|each| each.name == name) {
                Some(Capability {
                    power: Power::Asked(_),
                    ..
                }) => None,
                Some(Capability {
                    power: Power::Free, ..
                }) => Some(format!(
                    "`capabilities.{name}`: every plugin has {name}; remove the line"
                )),
                None => Some(unknown(name, provided)),
            },
        )
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn unknown(name: &str, provided: &[Capability]) -> String {
    let askable = provided
        .iter()
        .filter(|each| matches!(each.power, Power::Asked(_)))
        .map(|each| each.name);
    let hint = match nearest(name, askable) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    let version = env!("CARGO_PKG_VERSION");
    format!("`capabilities.{name}`: this host ({version}) has no capability `{name}`{hint}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PROVIDED: &[Capability] = &[
        Capability {
            name: "log",
            interface: "x:y/log",
            power: Power::Free,
        },
        Capability {
            name: "cache",
            interface: "x:y/cache",
            power: Power::Asked(GrantKind::Switch("keep things")),
        },
    ];

    fn check(asked: &str) -> Result<(), Vec<String>> {
        check_requests(&BTreeMap::from([(asked.to_owned(), Value::Null)]), PROVIDED)
    }

    #[test]
    fn a_capability_that_the_host_has_may_be_asked() {
        assert_eq!(check("cache"), Ok(()));
    }

    #[test]
    fn what_the_host_lacks_is_refused_by_name_with_the_nearest() {
        let problem = check("cahce").unwrap_err().remove(0);
        assert!(
            problem.contains("no capability `cahce`; did you mean `cache`?"),
            "{problem}"
        );
    }

    #[test]
    fn what_everyone_has_need_not_be_asked() {
        let problem = check("log").unwrap_err().remove(0);
        assert!(problem.contains("every plugin has log"), "{problem}");
    }
}
