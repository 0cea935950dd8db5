//! What a request says of itself: its language. And the identifier that it is given.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// The language that the browser wants most, if it names a plausible one.
pub(crate) fn locale(headers: &HeaderMap) -> Option<String> {
    let wanted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let ranked = wanted.split(',').filter_map(|range| {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let (tag, weight) = (tag.trim(), weight.trim());
        let weight = weight.strip_prefix(['q', 'Q'])?.trim_start();
        let weight: f32 = weight.strip_prefix('=')?.trim_start().parse().ok()?;
        (is_tag(tag) && weight > 0.0 && weight <= 1.0).then_some((tag, weight))
    });
    // Of equal weights the first counts; `max_by` would give the last.
    let best = ranked.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(tag, _)| canonical(tag))
}

/// A tag in the letters that translations are named by: `de`, `de-AT`, `zh-Hant-TW`.
fn canonical(tag: &str) -> String {
    let mut parts = tag.split('-').map(str::to_ascii_lowercase);
    let mut canonical = parts.next().unwrap_or_default();
    for mut part in parts {
        match part.len() {
            2 => part.make_ascii_uppercase(),
            4 => part[..1].make_ascii_uppercase(),
            _ => {}
        }
        canonical = format!("{canonical}-{part}");
    }
    canonical
}

/// Letters and digits in short parts, as BCP 47 has them. Not `*`, and nothing long.
fn is_tag(tag: &str) -> bool {
    tag.len() <= 35
        && tag.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// An identifier that no other request of this machine has: the start of the process in
/// microseconds, and a count.
pub(crate) fn request_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    static START: std::sync::OnceLock<u128> = std::sync::OnceLock::new();
    let start = START.get_or_init(|| {
        #[allow(clippy::disallowed_methods)] // tells processes apart, nothing else
        let now = SystemTime::now();
        now.duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_micros())
    });
    format!("{start:x}-{:x}", COUNT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_wanted_most_is_taken() {
        let check = |header: &'static str, expect: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(locale(&headers).as_deref(), expect, "{header}");
        };
        check("de-AT", Some("de-AT"));
        check("en;q=0.5, de;q=0.9, fr;q=0.7", Some("de"));
        check("de, en", Some("de"));
        check("*, de;q=0.1", Some("de"));
        check("de; q=0.9, en ;q=0.5", Some("de"));
        check("en;q=0.5,\tde ; Q = 0.9", Some("de"));
        check("DE-at", Some("de-AT"));
        check("ZH-hant-tw, de;q=0.5", Some("zh-Hant-TW"));
        check("en;q=inf, de;q=0.1", Some("de"));
        check("en;q=NaN, de;q=0.1", Some("de"));
        check("en;q=1.1, de;q=0.1", Some("de"));
        check("en;q=-1", None);
        check("en;q=", None);
        check("en;level=1", None);
        check("de;q=0", None);
        check("../../etc/passwd", None);
        check("", None);
    }

    #[test]
    fn no_two_requests_have_the_same_identifier() {
        assert_ne!(request_id(), request_id());
    }
}
