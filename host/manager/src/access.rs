//! Who may see or call what a plugin registered: pages, routes, widgets, menu items. One
//! decision, pure, made here and nowhere else. Who makes a request, the floors above say.
//!
//! Not here: what the plugin itself may do. That is its grants' business.

use goatkit_capability::Actor;
use goatkit_runtime::Access;

/// Why something is not for whoever asked for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessDenied {
    /// Nobody is signed in.
    #[error("sign in first")]
    SignIn,
    /// Whoever is signed in lacks a permission.
    #[error("the permission `{0}` is missing; whoever gives out roles can give it")]
    Permission(String),
}

/// Whether `actor` may have what is for `access`; nobody is signed in where there is none.
///
/// # Errors
/// [`AccessDenied`] says what is missing.
pub fn permits(access: &Access, actor: Option<&Actor>) -> Result<(), AccessDenied> {
    match (access, actor) {
        (Access::Public, _) | (Access::SignedIn, Some(_)) => Ok(()),
        (Access::SignedIn | Access::Permission(_), None) => Err(AccessDenied::SignIn),
        (Access::Permission(name), Some(actor)) if actor.permissions.contains(name) => Ok(()),
        (Access::Permission(name), Some(_)) => Err(AccessDenied::Permission(name.clone())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn actor(permissions: &[&str]) -> Actor {
        Actor {
            id: "1".to_owned(),
            login: "somebody".to_owned(),
            kind: "agent".to_owned(),
            permissions: permissions
                .iter()
                .map(|&it| it.to_owned())
                .collect::<BTreeSet<_>>(),
        }
    }

    #[test]
    fn each_access_lets_in_whom_it_names() {
        let (nobody, somebody, viewer) = (None, actor(&["kb.edit"]), actor(&["kb.view"]));
        let view = Access::Permission("kb.view".to_owned());
        let lacks = AccessDenied::Permission("kb.view".to_owned());
        for (access, actor, expect) in [
            (&Access::Public, nobody, Ok(())),
            (&Access::Public, Some(&somebody), Ok(())),
            (&Access::SignedIn, nobody, Err(AccessDenied::SignIn)),
            (&Access::SignedIn, Some(&somebody), Ok(())),
            (&view, nobody, Err(AccessDenied::SignIn)),
            (&view, Some(&somebody), Err(lacks)),
            (&view, Some(&viewer), Ok(())),
        ] {
            assert_eq!(permits(access, actor), expect, "{access:?} {actor:?}");
        }
    }
}
