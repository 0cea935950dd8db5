//! What servers compressed is unpacked here, never further than an answer may be long.

use ::http::header::{self, HeaderMap};
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::budget::Held;
use crate::Fault;

/// What servers are offered.
pub(super) const ACCEPTED: &str = "gzip, br, deflate";

/// Bytes that are unpacked in one go: between them other plugins have their turn.
const STEP: usize = 32 * 1024;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Brotli,
    Deflate,
}

/// How the body under these headers is compressed; none if it is not, or in a way that is not
/// known here: then the guest gets it as it came, with the header that says so.
pub(super) fn coding(headers: &HeaderMap) -> Option<Coding> {
    let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    match value.to_str().ok()?.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Some(Coding::Gzip),
        "br" => Some(Coding::Brotli),
        "deflate" => Some(Coding::Deflate),
        _ => None,
    }
}

/// Unpacks a body.
///
/// # Errors
/// [`Fault::TooLarge`] as soon as it is longer than an answer may be; [`Fault::Failed`] with
/// `decompress` for what is not what the headers say, or is cut off.
pub(super) async fn unpacked(
    coding: Coding,
    packed: &[u8],
    held: &mut Held,
) -> Result<Vec<u8>, Fault> {
    let mut reader: Box<dyn AsyncRead + Send + Unpin + '_> = match coding {
        Coding::Gzip => {
            let mut reader = GzipDecoder::new(packed);
            reader.multiple_members(true);
            Box::new(reader)
        }
        Coding::Brotli => Box::new(BrotliDecoder::new(packed)),
        Coding::Deflate => Box::new(ZlibDecoder::new(packed)),
    };
    let mut bytes = Vec::new();
    let mut step = vec![0; STEP];
    loop {
        let read = reader.read(&mut step).await.map_err(|error| {
            let error = error.to_string();
            Fault::failed(
                "decompress",
                format!("the answer cannot be unpacked: {error}"),
            )
        })?;
        if read == 0 {
            return Ok(bytes);
        }
        held.grow(read)?;
        bytes.extend_from_slice(step.get(..read).unwrap_or_default());
        tokio::task::yield_now().await;
    }
}
