//! versions_one: version 1.0.0 of the plugin `versions`. Logs when it registers and when
//! it is activated, and tells its version.

#[path = "shared/versions.rs"]
mod versions;

versions::version!("1.0.0");
