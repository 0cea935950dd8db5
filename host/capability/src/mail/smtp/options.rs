//! How a mail server is reached: what the operator wrote, read into what is done.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::super::backend::MailError;

/// How a mail server is reached.
#[derive(Clone, Default)]
pub struct SmtpOptions {
    /// `smtp://host:587` (STARTTLS required), `smtps://host` (TLS), or
    /// `smtp://host:25?tls=none`.
    pub url: String,
    /// Whom to sign in as, and with which password.
    pub credentials: Option<(String, String)>,
    /// PEM files of certificates that are trusted besides the machine's.
    pub certificates: Vec<PathBuf>,
}

/// Options that were checked.
pub(super) struct Server {
    /// A name or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
}

/// Whether and when the connection is encrypted.
pub(super) enum Security {
    None,
    StartTls(TlsParameters),
    Tls(TlsConnector, ServerName<'static>),
}

impl Server {
    /// Reads options. Reads the certificates' files, and blocks for that.
    ///
    /// # Errors
    /// [`MailError`], in which the password never stands.
    pub(super) fn read(options: SmtpOptions) -> Result<Self, MailError> {
        let url = Url::parse(&options.url).map_err(|error| {
            MailError(format!(
                "the mail server's URL is none ({error}): {WRITTEN}"
            ))
        })?;
        let (mode, port) = mode(&url)?;
        let host = host(&url)?;
        let credentials = options.credentials;
        if matches!(mode, Mode::None) && credentials.is_some() && !is_loopback(&host) {
            return Err(MailError(
                "the mail server's password would be sent unencrypted: leave `?tls=none` out, or \
                 the user and the password"
                    .to_owned(),
            ));
        }
        let security = match mode {
            Mode::None => Security::None,
            Mode::StartTls => Security::StartTls(starttls(&host, &options.certificates)?),
            Mode::Tls => tls(&host, &options.certificates)?,
        };
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            security,
            credentials: credentials.map(Credentials::from),
        })
    }
}

const WRITTEN: &str = "write smtp://HOST (STARTTLS), smtps://HOST (TLS), or smtp://HOST?tls=none";

enum Mode {
    None,
    StartTls,
    Tls,
}

/// What is encrypted, and the port that is usual for it.
fn mode(url: &Url) -> Result<(Mode, u16), MailError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(MailError(
            "user and password of the mail server do not belong in its URL: set `user` and \
             `password_file`"
                .to_owned(),
        ));
    }
    let mode = match (url.scheme(), url.query()) {
        ("smtp", None) => (Mode::StartTls, 587),
        ("smtps", None) => (Mode::Tls, 465),
        ("smtp", Some("tls=none")) => (Mode::None, 25),
        ("smtp" | "smtps", Some(query)) => return Err(wrong(query)),
        (scheme, _) => return Err(wrong(scheme)),
    };
    match (url.path(), url.fragment()) {
        ("" | "/", None) => Ok(mode),
        ("" | "/", Some(fragment)) => Err(wrong(fragment)),
        (path, _) => Err(wrong(path)),
    }
}

fn wrong(what: &str) -> MailError {
    MailError(format!("the mail server's URL has `{what}`: {WRITTEN}"))
}

fn host(url: &Url) -> Result<String, MailError> {
    let host = url.host().map(|host| match host {
        Host::Domain(name) => name.to_ascii_lowercase(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    });
    let host = host.filter(|it| !it.is_empty());
    host.ok_or_else(|| MailError(format!("the mail server's URL has no host: {WRITTEN}")))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|it: IpAddr| it.is_loopback())
}

fn starttls(host: &str, files: &[PathBuf]) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    for file in files {
        for certificate in read(file)? {
            let certificate = Certificate::from_der(certificate.to_vec());
            builder = builder.add_root_certificate(certificate.map_err(|it| unusable(file, &it))?);
        }
    }
    let built = builder.build_rustls();
    built.map_err(|error| MailError(format!("TLS to the mail server cannot be set up: {error}")))
}

fn tls(host: &str, files: &[PathBuf]) -> Result<Security, MailError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for file in files {
        for certificate in read(file)? {
            let added = roots.add(certificate);
            added.map_err(|error| unusable(file, &error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let name = ServerName::try_from(host.to_owned());
    let (Ok(config), Ok(name)) = (config, name) else {
        return Err(MailError(format!(
            "TLS to the mail server `{host}` cannot be set up: it has no name that a certificate \
             could have"
        )));
    };
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(Security::Tls(TlsConnector::from(Arc::new(config)), name))
}

/// The certificates of a PEM file.
fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, MailError> {
    let certificates = CertificateDer::pem_file_iter(file).map_err(|it| unusable(file, &it))?;
    let certificates: Result<Vec<_>, _> = certificates.collect();
    let certificates = certificates.map_err(|it| unusable(file, &it))?;
    for certificate in &certificates {
        // Here, because TLS says only that one of all is wrong.
        let added = RootCertStore::empty().add(certificate.clone());
        added.map_err(|it| unusable(file, &it))?;
    }
    if certificates.is_empty() {
        return Err(unusable(file, &"it has none"));
    }
    Ok(certificates)
}

fn unusable(file: &Path, error: &dyn std::fmt::Display) -> MailError {
    MailError(format!(
        "the mail server's certificates in {}: {error}",
        file.display()
    ))
}
