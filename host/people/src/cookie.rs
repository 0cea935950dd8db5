//! Which session a request names.

use http::HeaderMap;
use http::header::COOKIE as HEADER;

use crate::place::Place;

/// The value of the cookie of the application's sessions.
pub fn session_of(headers: &HeaderMap) -> Option<&str> {
    session_at(Place::Application, headers)
}

/// The value of the cookie of a place's sessions. None if there are two that differ: a site beside this one
/// may have planted one of them, and which is his own cannot be told.
pub fn session_at(place: Place, headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(HEADER).into_iter();
    let cookies = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut values = cookies.filter_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == place.cookie()).then_some(value)
    });
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_by_one_cookie() {
        let check = |lines: &[&str], expect: Option<&str>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(HEADER, line.parse().unwrap());
            }
            assert_eq!(session_of(&headers), expect, "{lines:?}");
        };
        check(&["gk_session=abc"], Some("abc"));
        check(&["theme=dark; gk_session=abc; lang=de"], Some("abc"));
        check(&["theme=dark", "gk_session=abc"], Some("abc"));
        check(&["gk_session=abc; gk_session=abc"], Some("abc"));
        check(&["gk_session=abc; gk_session=def"], None);
        check(&["gk_session=abc", "gk_session=def"], None);
        check(&["GK_SESSION=abc"], None);
        check(&["my_gk_session=abc"], None);
        check(&["gk_session"], None);
        check(&[], None);
        check(&["gk_admin=abc"], None);
        let headers = [(HEADER, "gk_session=abc; gk_admin=def".parse().unwrap())];
        let headers = headers.into_iter().collect();
        assert_eq!(session_at(Place::Administration, &headers), Some("def"));
    }
}
