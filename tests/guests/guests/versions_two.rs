//! versions_two: version 1.1.0 of the plugin `versions`.

#[path = "shared/versions.rs"]
mod versions;

versions::version!("1.1.0");
