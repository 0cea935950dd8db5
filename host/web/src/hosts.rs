//! To which names a host answers. A page of another site may point a name of its own at
//! this machine and then reads what is served here as if it were its own; such a request
//! tells itself by the name in it. Called by the router for a host that asks for it.

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
    if is_called_right(request.uri(), request.headers(), &allowed) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, REFUSED).into_response()
    }
}

/// HTTP/2 names the host in the address, HTTP/1 in a header, and a proxy's request in both:
/// there is a name, and each that is there must be right.
fn is_called_right(uri: &Uri, headers: &HeaderMap, allowed: &[String]) -> bool {
    let from_uri = uri.authority().map(Authority::as_str);
    let from_headers = headers.get_all(HOST).iter();
    let mut names = from_uri
        .map(Some)
        .into_iter()
        .chain(from_headers.map(|value| value.to_str().ok()))
        .peekable();
    names.peek().is_some() && names.all(|name| name.is_some_and(|name| is_right(name, allowed)))
}

fn is_right(name: &str, allowed: &[String]) -> bool {
    // Before an `@` stands a user, which no browser sends here.
    let authority = name.parse::<Authority>().ok();
    let Some(authority) = authority.filter(|_| !name.contains('@')) else {
        return false;
    };
    let host = authority.host();
    let v6 = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    match v6 {
        Some(v6) if v6.parse() == Ok(Ipv6Addr::LOCALHOST) => return true,
        None if host.eq_ignore_ascii_case("localhost") => return true,
        None if host.parse::<Ipv4Addr>().is_ok_and(|it| it.is_loopback()) => return true,
        _ => {}
    }
    allowed.iter().any(|name| name.eq_ignore_ascii_case(host))
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
            let right = is_called_right(&uri.parse().unwrap(), &headers, &allowed);
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
}
