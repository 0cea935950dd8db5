//! How much of a package is read. Each limit is there so that a small file cannot cost the
//! host much memory, disk or time before it is refused.
//!
//! The length and depth of names are bounded in [`crate::path`].

/// Entries of a package, folders included: each costs memory while the list is held, and an
/// inode in the store.
pub(crate) const MAX_ENTRIES: usize = 4096;

/// Size of the zip: it is held in memory while it is hashed and unpacked, so that what was
/// hashed is what is unpacked. A component with an interpreter inside packs to some 15 MiB.
pub(crate) const MAX_ZIP_BYTES: u64 = 64 << 20;

/// Size of a zip's list of names, which is held in memory twice while it is checked.
pub(crate) const MAX_DIRECTORY_BYTES: u64 = 4 << 20;

/// Size of one file: the largest known components have some 50 MiB.
pub(crate) const MAX_FILE_BYTES: u64 = 128 << 20;

/// Size of everything unpacked: it is disk space of the store.
pub(crate) const MAX_TOTAL_BYTES: u64 = 256 << 20;

/// How much larger than its packed form a file may be. Code and text pack to a tenth or a
/// twentieth; what packs to less than a hundredth is mostly repetition.
pub(crate) const MAX_RATIO: u64 = 100;

/// Files below this size may be denser than [`MAX_RATIO`]: they do no harm, and a small table
/// of zeros is no attack.
pub(crate) const RATIO_FREE_BYTES: u64 = 1 << 20;
