//! The most a manifest may ask for. A grant can be smaller than what is asked, never larger
//! than what stands here.

use std::time::Duration;

/// Most memory of one instance. One plugin must not be able to ask for the whole machine;
/// interpreters such as CPython are at home in a quarter of this.
pub const MAX_MEMORY: u64 = 1024 * 1024 * 1024;

/// Least memory of one instance: a single page is 64 KiB, and no compiler's output starts
/// with less than some pages.
pub const MIN_MEMORY: u64 = 1024 * 1024;

/// Longest call of a function from a template: a person is waiting for the page.
pub const MAX_CALL: Duration = Duration::from_secs(60);

/// Longest answer to an HTTP request: proxies in front give up after some minutes.
pub const MAX_ROUTE: Duration = Duration::from_secs(5 * 60);

/// Longest run of one job, so that a stuck job is noticed within the day.
pub const MAX_JOB: Duration = Duration::from_secs(24 * 60 * 60);

/// Most instances that live at one time: each holds a slot of the host's pool.
pub const MAX_INSTANCES: u32 = 256;

/// Size of a manifest's file. The largest real one is some kilobytes; discovery reads
/// thousands of them.
pub const MAX_MANIFEST_BYTES: u64 = 256 * 1024;

/// Characters of the description: it stands in a table of the admin page.
pub const MAX_DESCRIPTION: usize = 1000;

/// Entries of any list in a manifest, and characters of each: consent shows them to a person.
pub const MAX_LIST: usize = 256;

/// See [`MAX_LIST`].
pub const MAX_ITEM: usize = 256;

/// Settings of one plugin: a person finds them on one page, and they are held in memory.
pub const MAX_SETTINGS: usize = 100;

/// Bytes of a setting's key: it stands in tables, commands and refusals.
pub const MAX_SETTING_KEY: usize = 64;
