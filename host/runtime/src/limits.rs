//! The limits that a plugin runs under: what it asked for, within the host's ceilings.

use std::time::Duration;

use goatkit_package::LimitsRequest;
use goatkit_package::limits::{MAX_JOB, MAX_ROUTE};

/// What holds for every call of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all memories and tables of one instance.
    pub memory: u64,
    /// Time for one function call, `gk-register` or lifecycle call.
    pub call: Duration,
    /// Time for one request to a route.
    pub route: Duration,
    /// Time for one run of a job.
    pub job: Duration,
    /// Instances that may live at the same time.
    pub instances: u32,
    /// Bytes of one answer.
    pub output: usize,
}

/// What a host allows at most, and what a plugin gets that does not ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    /// What a plugin gets that does not ask.
    pub default: Limits,
    /// What a plugin gets at most.
    pub most: Limits,
}

impl Default for Ceilings {
    /// Enough for a plugin in any language; little enough that a dozen of them at their
    /// limit do not hurt a small machine.
    fn default() -> Self {
        let default = Limits {
            memory: 64 << 20,
            call: Duration::from_secs(2),
            // Somebody waits, and may see that it takes longer: a report, an upload.
            route: Duration::from_secs(10),
            // Nobody waits for a job, but it keeps an instance and its memory while it runs.
            job: Duration::from_secs(5 * 60),
            instances: 8,
            // A page shows answers: what is longer than this nobody reads.
            output: 8 << 20,
        };
        let most = Limits {
            memory: 512 << 20,
            call: Duration::from_secs(30),
            route: MAX_ROUTE,
            job: MAX_JOB,
            instances: 64,
            output: 8 << 20,
        };
        Self { default, most }
    }
}

impl Ceilings {
    /// What every plugin gets unasked, as a manifest would ask for it.
    pub fn free(&self) -> LimitsRequest {
        let Limits {
            memory,
            call,
            route,
            job,
            instances,
            output: _,
        } = self.default;
        LimitsRequest {
            memory: Some(memory),
            call: Some(call),
            route: Some(route),
            job: Some(job),
            instances: Some(instances),
        }
    }

    /// The limits of a plugin that asks for `request`.
    pub fn limits(&self, request: &LimitsRequest) -> Limits {
        let Self { default, most } = self;
        Limits {
            memory: request.memory.unwrap_or(default.memory).min(most.memory),
            call: request.call.unwrap_or(default.call).min(most.call),
            route: request.route.unwrap_or(default.route).min(most.route),
            job: request.job.unwrap_or(default.job).min(most.job),
            instances: request
                .instances
                .unwrap_or(default.instances)
                .min(most.instances),
            output: default.output.min(most.output),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_gets_what_it_asks_within_the_ceilings() {
        let ceilings = Ceilings::default();
        assert_eq!(ceilings.limits(&LimitsRequest::default()), ceilings.default);

        let modest = LimitsRequest {
            memory: Some(1 << 20),
            ..LimitsRequest::default()
        };
        assert_eq!(ceilings.limits(&modest).memory, 1 << 20);

        let greedy = LimitsRequest {
            memory: Some(u64::MAX),
            call: Some(Duration::MAX),
            route: Some(Duration::MAX),
            job: Some(Duration::MAX),
            instances: Some(u32::MAX),
        };
        assert_eq!(ceilings.limits(&greedy), ceilings.most);
    }
}
