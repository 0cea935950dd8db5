//! What a document may do in a browser, as `Content-Security-Policy` says it.

use super::Nonce;

/// What every document has: it loads from this host, sends forms to it, and stands in no frame.
const REST: &str = "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What a plugin answers by itself is opened in an origin of its own, and can do nothing.
pub(crate) const ANSWER_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; \
     img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A second policy, which has to be met as well: a script that carries the nonce can load others,
/// and those come from this host alone.
const OWN_SCRIPTS: &str = "script-src 'self' 'unsafe-inline'";

/// What a page may do: run the scripts that carry the nonce, and none without one. Markup of a
/// plugin carries it only where the plugin was granted `reach.script`.
pub(crate) fn page_policy(nonce: Option<&Nonce>) -> String {
    let scripts = match nonce {
        Some(nonce) => format!("'nonce-{}'", nonce.as_str()),
        None => "'none'".to_owned(),
    };
    // `script-src` is what workers fall back to, and a nonce does not open them.
    format!("default-src 'self'; script-src {scripts}; worker-src 'none'; {REST}, {OWN_SCRIPTS}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn scripts_run_by_nonce_or_not_at_all() {
        assert!(page_policy(None).contains("script-src 'none';"));
        let nonce = Nonce::new().unwrap();
        let policy = page_policy(Some(&nonce));
        assert!(policy.contains(&format!("script-src 'nonce-{}';", nonce.as_str())));
        for policy in [policy, page_policy(None), ANSWER_POLICY.to_owned()] {
            for never in ["unsafe-eval", "*", "http:"] {
                assert!(!policy.contains(never), "{never}: {policy}");
            }
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        }
    }
}
