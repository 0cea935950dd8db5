//! Identifiers of jobs: the same for what is the same.

use goatkit_package::PluginName;

/// The identifier of a registered job: the same in each version of its plugin.
pub fn registered_id(plugin: &PluginName, name: &str) -> String {
    of(&["registered", plugin.as_str(), name])
}

/// The identifier of a plan: the same for the same words.
pub(super) fn scheduled_id(plugin: &PluginName, words: &[&str]) -> String {
    let mut all = vec!["scheduled", plugin.as_str()];
    all.extend(words);
    of(&all)
}

fn of(words: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for word in words {
        // With its length, so that no two lists of words run into the same bytes.
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    let hash = hasher.finalize().to_hex();
    hash.as_str().chars().take(ID_LENGTH).collect()
}

/// Characters of an identifier: 128 bits, which no two plans of a host share by chance.
const ID_LENGTH: usize = 32;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_has_another_identifier() {
        let plugin = |name: &str| PluginName::parse(name).unwrap();
        let (stats, desk) = (plugin("stats"), plugin("desk"));
        let all = [
            registered_id(&stats, "report"),
            registered_id(&stats, "reports"),
            registered_id(&desk, "report"),
            scheduled_id(&stats, &["report"]),
            scheduled_id(&stats, &["re", "port"]),
            scheduled_id(&stats, &["rep", "ort"]),
            scheduled_id(&desk, &["report"]),
        ];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|id| id.len() == ID_LENGTH));
        assert_eq!(all[0], registered_id(&stats, "report"));
    }
}
