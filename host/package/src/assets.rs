//! Static files and their types.
//!
//! Only types that are known are served: a browser that has to guess may guess wrong, to an
//! attacker's profit. The web floor adds the headers; here stands what each file is.

use crate::error::{PackageError, PackageErrorKind};
use crate::path::PackagePath;

/// Size of one static file: it is held in memory while it is served.
pub const MAX_ASSET_BYTES: u64 = 16 << 20;

/// One static file.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = goatkit_package::Store::open("data".as_ref())?;
/// let package = store.admit("my-plugin.zip".as_ref())?;
/// let asset = package.asset("app.css")?.ok_or("no such file")?;
/// assert_eq!(asset.content_type, "text/css; charset=utf-8");
/// assert!(!asset.document);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The content.
    pub bytes: Vec<u8>,
    /// The value of the `content-type` header.
    pub content_type: &'static str,
    /// Whether a browser would open it as a page, and so must do it in a sandbox.
    pub document: bool,
}

/// What is known of a type of files.
pub(crate) struct AssetType {
    extension: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) document: bool,
}

/// Every type that is served, by extension.
const TYPES: &[AssetType] = &[
    plain("css", "text/css; charset=utf-8"),
    plain("js", "text/javascript; charset=utf-8"),
    plain("mjs", "text/javascript; charset=utf-8"),
    plain("json", "application/json"),
    plain("map", "application/json"),
    plain("webmanifest", "application/manifest+json"),
    plain("txt", "text/plain; charset=utf-8"),
    plain("csv", "text/csv; charset=utf-8"),
    plain("png", "image/png"),
    plain("jpg", "image/jpeg"),
    plain("jpeg", "image/jpeg"),
    plain("gif", "image/gif"),
    plain("webp", "image/webp"),
    plain("avif", "image/avif"),
    plain("ico", "image/vnd.microsoft.icon"),
    plain("woff", "font/woff"),
    plain("woff2", "font/woff2"),
    plain("ttf", "font/ttf"),
    plain("otf", "font/otf"),
    plain("mp3", "audio/mpeg"),
    plain("ogg", "audio/ogg"),
    plain("mp4", "video/mp4"),
    plain("webm", "video/webm"),
    document("html", "text/html; charset=utf-8"),
    document("svg", "image/svg+xml"),
    document("xml", "application/xml"),
    document("pdf", "application/pdf"),
];

const fn plain(extension: &'static str, content_type: &'static str) -> AssetType {
    AssetType {
        extension,
        content_type,
        document: false,
    }
}

const fn document(extension: &'static str, content_type: &'static str) -> AssetType {
    AssetType {
        extension,
        content_type,
        document: true,
    }
}

/// The type of a static file.
pub(crate) fn type_of(path: &PackagePath) -> Result<&'static AssetType, PackageError> {
    let extension = path.extension().unwrap_or_default();
    TYPES
        .iter()
        .find(|known| known.extension == extension)
        .ok_or_else(|| {
            let known: Vec<&str> = TYPES.iter().map(|known| known.extension).collect();
            PackageError::new(
                PackageErrorKind::Content,
                format!("`{path}` is of no type that is served"),
            )
            .hint(format!("static files are: {}", known.join(", ")))
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::type_of;
    use crate::path::PackagePath;

    #[test]
    fn types() {
        let check = |path, expect: Option<(&str, bool)>| {
            let found = type_of(&PackagePath::parse(path).unwrap());
            assert_eq!(
                found.ok().map(|t| (t.content_type, t.document)),
                expect,
                "{path}"
            );
        };
        check("static/app.css", Some(("text/css; charset=utf-8", false)));
        check("static/a/LOGO.SVG", Some(("image/svg+xml", true)));
        check("static/help.html", Some(("text/html; charset=utf-8", true)));
        check("static/paper.pdf", Some(("application/pdf", true)));
        check(
            "static/x.min.js",
            Some(("text/javascript; charset=utf-8", false)),
        );
        for refused in [
            "static/a.exe",
            "static/a",
            "static/a.php",
            "static/a.wasm",
            "static/a.htm",
            "static/css",
        ] {
            check(refused, None);
        }
    }

    #[test]
    fn a_refusal_names_file_and_types() {
        let error = type_of(&PackagePath::parse("static/run.exe").unwrap())
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.starts_with(
                "`static/run.exe` is of no type that is served; static files are: css, js, "
            ),
            "{error}"
        );
    }
}
