//! A request that a guest is putting together, and the answer it gets.

use std::time::Duration;

use ::http::header::{HeaderName, HeaderValue};
use goatkit_package::limits::MAX_SETTING_KEY;

use super::headers::{MAX_METHOD_BYTES, Room, name, value};
use super::redirect::MAX_REDIRECTS;
use super::target::MAX_URL_BYTES;
use crate::Fault;
use crate::json_schema::shortened;

/// Bytes of a request's body: the guest holds them as well.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// A request that is being put together. Its size is bounded as it grows; the rest is looked
/// at when it is sent.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(HeaderName, Value)>,
    room: Room,
    pub(super) body: Option<Vec<u8>>,
    pub(super) timeout: Option<Duration>,
    pub(super) redirects: u32,
}

/// A header's value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// As the guest gave it.
    Plain(HeaderValue),
    /// A text and the secret of this name behind it.
    Secret { before: String, key: String },
}

impl Request {
    /// One with a method in upper case and an absolute URL. Of what is too long only as much
    /// is kept as shows that it is.
    pub fn new(method: String, url: String) -> Self {
        Self {
            method: begin(method, MAX_METHOD_BYTES + 1),
            url: begin(url, MAX_URL_BYTES + 1),
            ..Self::default()
        }
    }

    /// Adds a header.
    ///
    /// # Errors
    /// [`Fault::Invalid`] for what is none, and for those that are the host's;
    /// [`Fault::TooLarge`] beyond [`super::MAX_HEADERS`] and [`super::MAX_HEADERS_BYTES`].
    pub fn header(&mut self, name: String, value: Vec<u8>) -> Result<(), Fault> {
        let read = self::name(&name)?;
        let plain = self::value(&name, &value)?;
        self.room.take(name.len().saturating_add(value.len()))?;
        self.headers.push((read, Value::Plain(plain)));
        Ok(())
    }

    /// Adds a header whose value is `before` and the secret `key`, which is put in when the
    /// request is sent.
    ///
    /// # Errors
    /// As [`Request::header`]; whether there is such a secret turns out when it is sent.
    pub fn secret_header(
        &mut self,
        name: String,
        before: String,
        key: String,
    ) -> Result<(), Fault> {
        let read = self::name(&name)?;
        self::value(&name, before.as_bytes())?;
        if key.len() > MAX_SETTING_KEY {
            let key = shortened(&key, MAX_SETTING_KEY);
            return Err(Fault::Invalid(format!("`{key}` is no setting's name")));
        }
        let bytes = name.len().saturating_add(before.len());
        self.room.take(bytes.saturating_add(key.len()))?;
        self.headers.push((read, Value::Secret { before, key }));
        Ok(())
    }

    /// The body.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] beyond [`MAX_BODY_BYTES`].
    pub fn body(&mut self, bytes: Vec<u8>) -> Result<(), Fault> {
        if bytes.len() > MAX_BODY_BYTES {
            return Err(body_too_large());
        }
        self.body = Some(bytes);
        Ok(())
    }

    /// How long all of it may take, within the call's deadline.
    ///
    /// # Errors
    /// [`Fault::Invalid`] for no time at all.
    pub fn timeout(&mut self, most: Duration) -> Result<(), Fault> {
        if most.is_zero() {
            return Err(Fault::Invalid("a request needs more than 0 ms".to_owned()));
        }
        self.timeout = Some(most);
        Ok(())
    }

    /// How many redirects are followed.
    ///
    /// # Errors
    /// [`Fault::Invalid`] beyond [`MAX_REDIRECTS`].
    pub fn redirects(&mut self, most: u32) -> Result<(), Fault> {
        if most > MAX_REDIRECTS {
            return Err(Fault::Invalid(format!(
                "at most {MAX_REDIRECTS} redirects are followed, not {most}"
            )));
        }
        self.redirects = most;
        Ok(())
    }

    /// Bytes that the host holds for it.
    pub fn held(&self) -> usize {
        let body = self.body.as_ref().map_or(0, Vec::len);
        self.method.len() + self.url.len() + self.room.bytes() + body
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Where it came from: after redirects, the last of them.
    pub url: String,
    /// Names in lower case, values as they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Decompressed.
    pub body: Vec<u8>,
}

/// The fault of a body that is too long.
pub(super) fn body_too_large() -> Fault {
    let most = MAX_BODY_BYTES >> 20;
    Fault::TooLarge(format!("the request's body has more than {most} MiB"))
}

fn begin(mut text: String, most: usize) -> String {
    if text.len() > most {
        // Rounded up, so that what is too long stays too long.
        text.truncate(text.ceil_char_boundary(most));
        text.shrink_to_fit();
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::headers::{MAX_HEADERS, MAX_HEADERS_BYTES};
    use super::*;

    fn request() -> Request {
        Request::new("GET".to_owned(), "https://a.example/".to_owned())
    }

    #[test]
    fn a_request_is_bounded_as_it_grows() {
        let long = Request::new("é".repeat(50_000), "é".repeat(50_000));
        assert!(long.held() < MAX_URL_BYTES + 50, "{}", long.held());
        assert!(long.url.len() > MAX_URL_BYTES && long.method.len() > MAX_METHOD_BYTES);
        let mut request = request();
        request.body(vec![0; MAX_BODY_BYTES]).unwrap();
        assert!(matches!(
            request.body(vec![0; MAX_BODY_BYTES + 1]),
            Err(Fault::TooLarge(_))
        ));
        assert!(request.held() > MAX_BODY_BYTES);
        for at in 0..MAX_HEADERS {
            request.header(format!("x-{at}"), b"1".to_vec()).unwrap();
        }
        let more = request.header("x".to_owned(), Vec::new());
        assert!(matches!(more, Err(Fault::TooLarge(_))));
        let mut request = self::request();
        let most = request.header("x".to_owned(), vec![b'a'; MAX_HEADERS_BYTES - 1]);
        most.unwrap();
        let more = request.secret_header("y".to_owned(), String::new(), "key".to_owned());
        assert!(matches!(more, Err(Fault::TooLarge(_))));
    }

    #[test]
    fn options_have_their_bounds() {
        let mut request = request();
        request.redirects(MAX_REDIRECTS).unwrap();
        assert!(request.redirects(MAX_REDIRECTS + 1).is_err());
        request.timeout(Duration::from_millis(1)).unwrap();
        assert!(request.timeout(Duration::ZERO).is_err());
        let secret = |name: &str, before: &str, key: &str| {
            let owned = str::to_owned;
            self::request().secret_header(owned(name), owned(before), owned(key))
        };
        secret("authorization", "Bearer ", "token").unwrap();
        assert!(secret("host", "", "token").is_err());
        assert!(secret("x", "a\r\n", "token").is_err());
        assert!(secret("x", "", &"k".repeat(10_000)).is_err());
    }
}
