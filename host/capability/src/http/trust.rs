//! Which servers are believed: TLS with the machine's certificates, and with those that the
//! host was given besides.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::backend::HttpError;

/// How connections are secured.
///
/// # Errors
/// [`HttpError`] for a file that holds no certificates.
pub(super) fn tls(certificates: &[PathBuf]) -> Result<Arc<ClientConfig>, HttpError> {
    let mut roots = machine().clone();
    for file in certificates {
        add(&mut roots, file)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| HttpError(format!("cannot use TLS: {error}")))?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The machine's certificates, read once in a process: a host makes more than one client while it
/// is put together.
fn machine() -> &'static RootCertStore {
    static MACHINE: LazyLock<RootCertStore> = LazyLock::new(|| {
        let native = rustls_native_certs::load_native_certs();
        for error in native.errors {
            tracing::warn!(%error, "some of the machine's certificates cannot be read");
        }
        let mut roots = RootCertStore::empty();
        let (_, ignored) = roots.add_parsable_certificates(native.certs);
        if ignored > 0 {
            tracing::warn!(ignored, "some of the machine's certificates are none");
        }
        roots
    });
    &MACHINE
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), HttpError> {
    let wrong = |what: String| {
        let file = file.display();
        HttpError(format!(
            "cannot use the certificates in {file}: {what}; name a file with certificates in PEM"
        ))
    };
    let found = CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
    let mut count = 0;
    for certificate in found {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        let added = roots.add(certificate);
        added.map_err(|error| wrong(error.to_string()))?;
        count += 1;
    }
    match count {
        0 => Err(wrong("there is none".to_owned())),
        _ => Ok(()),
    }
}
