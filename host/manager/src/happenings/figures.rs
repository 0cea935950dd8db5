//! How often what happens to plugins does, and how long loading takes: counted once, where it is
//! told.

use std::time::Duration;

use goatkit_package::PluginName;
use metrics::{counter, histogram};

use super::{Away, What};

/// What happened to plugins, by plugin, by what, and by why where there is more than one reason.
const HAPPENED: &str = "goatkit_happenings_total";

/// How long it takes to bring a plugin into memory, compiled or not.
const LOADING: &str = "goatkit_load_seconds";

/// Counts one thing.
pub(super) fn count(plugin: &PluginName, what: &What) {
    let plugin = plugin.to_string();
    if let What::Loaded { milliseconds } = what {
        let seconds = Duration::from_millis(*milliseconds);
        histogram!(LOADING, "plugin" => plugin.clone()).record(seconds);
    }
    let (happened, why) = words(what);
    counter!(HAPPENED, "plugin" => plugin, "happened" => happened, "why" => why).increment(1);
}

/// The words are those of the stream of happenings.
fn words(what: &What) -> (&'static str, &'static str) {
    match what {
        What::Loaded { .. } => ("loaded", ""),
        What::Broken { .. } => ("broken", ""),
        What::Replaced { .. } => ("replaced", ""),
        What::NotReplaced { .. } => ("not_replaced", ""),
        What::NotDeactivated { .. } => ("not_deactivated", ""),
        What::Unloaded { why } => ("unloaded", reason(*why)),
        What::BackedOff { .. } => ("backed_off", ""),
        What::Quarantined { .. } => ("quarantined", ""),
        What::Released => ("released", ""),
        What::Enabled => ("enabled", ""),
        What::Disabled => ("disabled", ""),
        What::Pinned => ("pinned", ""),
        What::Unpinned => ("unpinned", ""),
        What::Installed => ("installed", ""),
        What::Uninstalled { .. } => ("uninstalled", ""),
    }
}

fn reason(why: Away) -> &'static str {
    match why {
        Away::ByHand => "by_hand",
        Away::Idle => "idle",
        Away::Memory => "memory",
        Away::Stopped => "stopped",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;
    use semver::Version;
    use serde_json::Value;

    use super::*;

    fn every_what() -> Vec<What> {
        let (milliseconds, reason) = (1, "no".to_owned());
        let mut all = vec![
            What::Loaded { milliseconds },
            What::Broken {
                reason: reason.clone(),
            },
            What::Replaced {
                from: Version::new(1, 0, 0),
            },
            What::NotReplaced {
                reason: reason.clone(),
            },
            What::NotDeactivated {
                reason: reason.clone(),
            },
            What::BackedOff {
                milliseconds,
                reason: reason.clone(),
            },
            What::Quarantined { reason },
            What::Released,
            What::Enabled,
            What::Disabled,
            What::Pinned,
            What::Unpinned,
            What::Installed,
            What::Uninstalled { purged: true },
        ];
        let ways = [Away::ByHand, Away::Idle, Away::Memory, Away::Stopped];
        all.extend(ways.map(|why| What::Unloaded { why }));
        all
    }

    #[test]
    fn what_happens_is_counted_by_the_words_of_the_stream() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let figures = recorder.handle();
        let plugin = PluginName::parse("stats").unwrap();
        metrics::with_local_recorder(&recorder, || {
            every_what().iter().for_each(|what| count(&plugin, what));
        });
        let figures = figures.render();
        for what in every_what() {
            let told: Value = serde_json::to_value(&what).unwrap();
            let (happened, why) = (&told["happened"], told.get("why"));
            let why = why.cloned().unwrap_or_else(|| "".into());
            let line = format!("{HAPPENED}{{plugin=\"stats\",happened={happened},why={why}}} 1");
            assert!(figures.contains(&line), "{line}: {figures}");
        }
        assert!(
            figures.contains("goatkit_load_seconds_count{plugin=\"stats\"} 1"),
            "{figures}"
        );
    }
}
