//! A little web server of a test's own, on a free loopback port. It writes down every request.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1 as client;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// `/path?query`.
    pub target: String,
    /// All of them, `host` and `cookie` as well.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Request {
    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.header("cookie").split("; ");
        let mut cookies = cookies.filter_map(|it| it.split_once('='));
        cookies.find(|it| it.0 == name).map(|it| it.1)
    }

    /// Whether this text stands anywhere in it.
    pub fn tells(&self, text: &str) -> bool {
        let mut values = self.headers.values();
        let within = |bytes: &[u8]| bytes.windows(text.len()).any(|it| it == text.as_bytes());
        self.target.contains(text) || values.any(|it| within(it.as_bytes())) || within(&self.body)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// 200 with this body, and no header at all.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// A page.
    pub fn html(body: impl Into<Bytes>) -> Self {
        Self::new(body).with("content-type", "text/html; charset=utf-8")
    }

    /// 404.
    pub fn missing() -> Self {
        Self::new("there is nothing here").status(404)
    }

    /// With this status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap();
        self
    }

    /// With a header more.
    ///
    /// # Panics
    /// Where it is none that can be sent.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).unwrap();
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        self.headers.append(name, value);
        self
    }
}

/// A web server. It is gone with its value.
pub struct Site {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
    serves: JoinHandle<()>,
}

impl Site {
    /// Serves what `answer` makes of a request.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::default();
        let serves = tokio::spawn(serve(listener, Arc::clone(&seen), Arc::new(answer)));
        Self { port, seen, serves }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its origin: `http://127.0.0.1:16000`.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What arrived, oldest first.
    pub fn seen(&self) -> Vec<Request> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    /// Forgets what arrived so far.
    pub fn forget(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clear();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serves.abort();
    }
}

/// What a server answers, byte for byte and without following anything: some attacks show
/// there and nowhere else.
///
/// # Panics
/// Where nobody answers.
pub async fn fetch(url: &str) -> http::Response<Bytes> {
    let uri: http::Uri = url.parse().unwrap();
    let authority = uri.authority().unwrap().as_str();
    let stream = TcpStream::connect(authority).await.unwrap();
    let (mut sender, connection) = client::handshake(TokioIo::new(stream)).await.unwrap();
    let drives = tokio::spawn(connection);
    let target = uri.path_and_query().map_or("/", |it| it.as_str());
    let request = http::Request::get(target).header("host", authority);
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    drives.abort();
    http::Response::from_parts(head, body)
}

async fn serve<F>(listener: TcpListener, seen: Arc<Mutex<Vec<Request>>>, answer: Arc<F>)
where
    F: Fn(&Request) -> Answer + Send + Sync + 'static,
{
    // Within this task, so that they end with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
        let service = service_fn(move |request| {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            async move { Ok::<_, Infallible>(respond(request, &seen, &*answer).await) }
        });
        // A browser that hangs up is nobody's error.
        connections.spawn(async move {
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn respond(
    request: http::Request<Incoming>,
    seen: &Mutex<Vec<Request>>,
    answer: &(impl Fn(&Request) -> Answer + Sync),
) -> http::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await;
    let request = Request {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: head.headers,
        body: body.map(|it| it.to_bytes()).unwrap_or_default(),
    };
    // Written down before anybody can know that it was answered.
    let mut all = seen.lock().unwrap_or_else(PoisonError::into_inner);
    all.push(request.clone());
    drop(all);
    let answer = answer(&request);
    let mut response = http::Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
