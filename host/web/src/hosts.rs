//! To which names a host answers. A page of another site may point a name of its own at
//! this machine and then reads what is served here as if it were its own; such a request
//! tells itself by the name in it. Called by the router for a host that asks for it, and by the
//! site for administrators always.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const REFUSED: &str = "this server does not answer to that name: call it `localhost`, or let \
     whoever runs it allow the name\n";

/// Lets requests through that call this host `localhost`, by a loopback address or by one
/// of the names in `allowed`.
pub(crate) async fn check(
    State(allowed): State<Arc<[String]>>,
    request: Request,
    next: Next,
) -> Response {
    let is_right = |name: &Authority| {
        let is_allowed = |it: &String| it.eq_ignore_ascii_case(name.host());
        is_loopback(name.host()) || allowed.iter().any(is_allowed)
    };
    if is_called_right(request.uri(), request.headers(), is_right) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, REFUSED).into_response()
    }
}

/// HTTP/2 names the host in the address, HTTP/1 in a header, and a proxy's request in both:
/// there is a name, and each that is there must be right.
fn is_called_right(uri: &Uri, headers: &HeaderMap, is_right: impl Fn(&Authority) -> bool) -> bool {
    let from_uri = uri.authority().map(Authority::as_str);
    let from_headers = headers.get_all(HOST).iter();
    let mut names = from_uri
        .map(Some)
        .into_iter()
        .chain(from_headers.map(|value| value.to_str().ok()))
        .peekable();
    let is_right = |name: &str| {
        // Before an `@` stands a user, which no browser sends here.
        let authority = name.parse::<Authority>().ok();
        let authority = authority.filter(|_| !name.contains('@'));
        authority.is_some_and(|it| is_right(&it))
    };
    names.peek().is_some() && names.all(|name| name.is_some_and(is_right))
}

/// `localhost`, or an address that no other machine reaches.
fn is_loopback(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    match v6 {
        Some(v6) => v6.parse() == Ok(Ipv6Addr::LOCALHOST),
        None => {
            let v4 = host.parse::<Ipv4Addr>();
            host.eq_ignore_ascii_case("localhost") || v4.is_ok_and(|it| it.is_loopback())
        }
    }
}

/// The port of an address that names none.
const USUAL_PORT: u16 = 80;

/// Names that a site has with their ports, so that what is meant for another port of the same
/// host is refused. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// The port of `localhost` and of loopback addresses; any where it is not known.
    pub(crate) port: Option<u16>,
    /// Others, as browsers write them: with a port unless it is the usual one.
    pub(crate) others: Arc<[String]>,
}

impl Names {
    /// Whether a request calls the site by one of them.
    pub(crate) fn are_right(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        is_called_right(uri, headers, |name| {
            let port = name.port_u16().unwrap_or(USUAL_PORT);
            let is_port = self.port.is_none_or(|own| own == port);
            let is_other = |it: &String| it.eq_ignore_ascii_case(name.as_str());
            (is_loopback(name.host()) && is_port) || self.others.iter().any(is_other)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_host_answers_to_its_own_names() {
        let check = |uri: &'static str, hosts: &[&'static str], expect: bool| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, host.parse().unwrap());
            }
            let allowed = ["goats.example".to_owned()];
            let right = is_called_right(&uri.parse().unwrap(), &headers, |name| {
                is_loopback(name.host()) || allowed.iter().any(|it| it == name.host())
            });
            assert_eq!(right, expect, "{uri} {hosts:?}");
        };
        check("/", &["localhost"], true);
        check("/", &["LocalHost:8080"], true);
        check("/", &["127.0.0.1:8080"], true);
        check("/", &["127.1.2.3"], true);
        check("/", &["[::1]:8080"], true);
        check("/", &["goats.example:443"], true);
        check("http://localhost:1/", &[], true);
        check("http://localhost/", &["localhost"], true);

        check("/", &[], false);
        check("/", &[""], false);
        check("/", &["evil.example"], false);
        check("/", &["evil.example:8080"], false);
        check("/", &["localhost.evil.example"], false);
        check("/", &["127.0.0.1.evil.example"], false);
        check("/", &["sub.goats.example"], false);
        check("/", &["localhost@evil.example"], false);
        check("/", &["evil@localhost"], false);
        check("/", &["192.168.0.1"], false);
        check("/", &["0.0.0.0"], false);
        check("/", &["127.1"], false);
        check("/", &["[::2]"], false);
        check("/", &["localhost", "evil.example"], false);
        check("http://evil.example/", &["localhost"], false);
        check("http://localhost/", &["evil.example"], false);
    }
    #[test]
    fn a_site_answers_to_its_names_with_its_port() {
        let check = |port: Option<u16>, host: &'static str, expect: bool| {
            let headers = [(HOST, host.parse().unwrap())].into_iter().collect();
            let names = Names {
                port,
                others: ["desk.example".to_owned(), "desk.example:8443".to_owned()].into(),
            };
            let right = names.are_right(&"/".parse().unwrap(), &headers);
            assert_eq!(right, expect, "{port:?} {host}");
        };
        check(Some(8081), "localhost:8081", true);
        check(Some(8081), "127.0.0.1:8081", true);
        check(Some(8081), "[::1]:8081", true);
        check(Some(8081), "desk.example", true);
        check(Some(8081), "Desk.example:8443", true);
        check(Some(80), "localhost", true);
        check(None, "localhost:1", true);

        check(Some(8081), "localhost:8080", false);
        check(Some(8081), "localhost", false);
        check(Some(8081), "desk.example:8081", false);
        check(Some(8081), "evil.example:8081", false);
        check(None, "evil.example", false);
        check(Some(8081), "localhost:8081@evil.example", false);
    }
}
