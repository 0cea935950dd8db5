//! What a package asks by being what it is: to take a name that others were trusted under, and
//! to read the secrets that were set for it.

use goatkit_package::Manifest;

use super::binding::Binding;
use super::items::Rules;
use super::ledger::Ledger;
use super::rule::{GrantKind, Rule};

/// The secrets of the plugin's settings, which are kept by its name.
pub(crate) const SECRETS: &str = "secrets";

/// The name itself.
const NAME: &str = "name";

const ITEMS: &[(&str, GrantKind)] = &[
    (
        SECRETS,
        GrantKind::Switch("read the secrets that are set for a plugin of its name"),
    ),
    (
        NAME,
        GrantKind::Switch("take the name of a plugin on which was decided before"),
    ),
];

pub(super) fn kind(item: &str) -> Option<GrantKind> {
    let found = ITEMS.iter().find(|(name, _)| *name == item);
    found.map(|(_, kind)| *kind)
}

/// All such rules: whoever grants ahead, for one package, or installs one, means them too.
pub fn identity_rules() -> Rules {
    ITEMS
        .iter()
        .map(|(item, _)| Rule::new(*item, "use"))
        .collect()
}

/// What a package asks by its name and its settings.
pub fn asked_by_identity(manifest: &Manifest, binding: &Binding, ledger: &Ledger) -> Rules {
    let secrets = has_secrets(manifest).then_some(SECRETS);
    let name = ledger
        .trusts_another(&manifest.name, binding)
        .then_some(NAME);
    let items = secrets.into_iter().chain(name);
    items.map(|item| Rule::new(item, "use")).collect()
}

fn has_secrets(manifest: &Manifest) -> bool {
    let settings = manifest.config.as_ref();
    let properties = settings.and_then(|config| config["properties"].as_object());
    let mut properties = properties.into_iter().flat_map(|all| all.values());
    properties.any(|property| property["writeOnly"] == true)
}
