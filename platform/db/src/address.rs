//! Where a PostgreSQL is, and how it is spoken to on the way there.
//!
//! `sslmode` and `sslrootcert` of the URL mean what they mean to PostgreSQL's own programs. On a
//! socket of the same machine nothing is encrypted; elsewhere the default is to encrypt when the
//! server can.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use percent_encoding::percent_decode_str;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{Host, SslMode},
    tls::MakeTlsConnect,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What drives a connection.
pub type Wire = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// What the other end's machine does not confirm for so long is no connection any more.
const UNCONFIRMED: Duration = Duration::from_secs(9);

/// Where a PostgreSQL is. Cheap to clone.
#[derive(Clone)]
pub struct Address {
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
}

/// How much of the server's certificate is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Nothing,
    Chain,
    ChainAndName,
}

impl Address {
    /// Reads a URL, or PostgreSQL's form with `name=value`.
    ///
    /// # Errors
    /// When it cannot be read, or the certificates it names cannot.
    pub fn parse(url: &str) -> Result<Self> {
        let (url, mode) = take(url, "sslmode");
        let (url, roots) = take(&url, "sslrootcert");
        let mut config: Config = url.parse().context("the address of the database cannot be read")?;
        config.tcp_user_timeout(UNCONFIRMED).keepalives_idle(UNCONFIRMED);
        config.keepalives_interval(UNCONFIRMED / 3).keepalives_retries(3);
        let (mode, look) = match (mode.as_deref(), &roots) {
            (Some("disable"), _) => (SslMode::Disable, Look::Nothing),
            (None | Some("allow" | "prefer"), _) => (SslMode::Prefer, Look::Nothing),
            (Some("require"), None) => (SslMode::Require, Look::Nothing),
            (Some("require" | "verify-ca"), _) => (SslMode::Require, Look::Chain),
            (Some("verify-full"), _) => (SslMode::Require, Look::ChainAndName),
            (Some(other), _) => bail!(
                "sslmode of the database's address is disable, prefer, require, verify-ca or verify-full, not {other:?}"
            ),
        };
        let hosts = config.get_hosts();
        let sockets = !hosts.is_empty() && hosts.iter().all(|host| matches!(host, Host::Unix(_)));
        let nameless = hosts.is_empty() && mode == SslMode::Prefer;
        config.ssl_mode(if sockets || nameless { SslMode::Disable } else { mode });
        let look = if sockets { Look::Nothing } else { look };
        Ok(Self { config, tls: MakeRustlsConnect::new(tls(look, roots.as_deref())?) })
    }

    /// A connection; whoever takes it drives its second half.
    ///
    /// # Errors
    /// When the server is not to be had.
    pub async fn connect(&self) -> Result<(Client, Wire), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }

    /// The database it names, else its user, which PostgreSQL takes instead.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.config.get_dbname().or(self.config.get_user())
    }

    /// Whether somebody between here and there could read along, or play the server.
    #[must_use]
    pub fn is_open_on_the_way(&self) -> bool {
        let away = |host: &Host| match host {
            Host::Unix(_) => false,
            Host::Tcp(name) if name == "localhost" => false,
            Host::Tcp(name) => !name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        };
        self.config.get_ssl_mode() != SslMode::Require && self.config.get_hosts().iter().any(away)
    }
}

/// Takes one parameter out of an address: what is left, and its value.
pub(crate) fn take(address: &str, name: &str) -> (String, Option<String>) {
    let named = |part: &&str| part.split_once('=').is_some_and(|(known, _)| known == name);
    let value = |part: &str| part.split_once('=').map_or("", |(_, value)| value).to_owned();
    if !address.contains("://") {
        let (taken, left): (Vec<&str>, Vec<&str>) = address.split(' ').partition(named);
        let found = taken.last().map(|part| value(part).trim_matches('\'').to_owned());
        return (left.join(" "), found);
    }
    let Some((path, query)) = address.split_once('?') else { return (address.to_owned(), None) };
    let (taken, left): (Vec<&str>, Vec<&str>) = query.split('&').partition(named);
    let left = if left.is_empty() { path.to_owned() } else { format!("{path}?{}", left.join("&")) };
    let found = taken.last().map(|part| percent_decode_str(&value(part)).decode_utf8_lossy().into_owned());
    (left, found)
}

fn tls(look: Look, roots: Option<&str>) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match look {
        Look::Nothing => Arc::new(Anyone(provider.clone())),
        _ => Arc::new(Known::new(roots, look == Look::ChainAndName, provider.clone())?),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(config)
}

/// Takes any certificate: encrypted, but nobody knows with whom.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    // Whose key it is was not asked, so that it was used proves nothing.
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Takes certificates of known authorities, or known ones themselves.
#[derive(Debug)]
struct Known {
    web: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
    looks_at_the_name: bool,
}

impl Known {
    fn new(roots: Option<&str>, looks_at_the_name: bool, provider: Arc<CryptoProvider>) -> Result<Self> {
        let mut store = RootCertStore::empty();
        let mut named = Vec::new();
        match roots {
            None | Some("system") => {
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            Some(file) => {
                named = CertificateDer::pem_file_iter(file)
                    .and_then(Iterator::collect)
                    .map_err(|error| anyhow!("sslrootcert: the certificates in {file}: {error}"))?;
                store.add_parsable_certificates(named.iter().cloned());
            }
        }
        let web = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
            .build()
            .context("sslmode asks for a known certificate, and none is known: name a file as sslrootcert")?;
        Ok(Self { web, named, looks_at_the_name })
    }
}

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext, Other, UnknownIssuer};
        match self.web.verify_server_cert(certificate, chain, name, ocsp, now) {
            // The name is what is looked at last.
            Err(Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if !self.looks_at_the_name =>
            {
                Ok(ServerCertVerified::assertion())
            }
            // One that signed itself is no authority's, but it is the very one that was named.
            Err(Error::InvalidCertificate(Other(_) | UnknownIssuer)) if self.named.contains(certificate) => {
                if self.looks_at_the_name {
                    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.web.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.web.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.web.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_taken_out_wherever_it_stands_and_the_last_one_counts() {
        let left = |text: &str, value: Option<&str>| (text.to_owned(), value.map(str::to_owned));
        assert_eq!(take("postgres://h/d", "sslmode"), left("postgres://h/d", None));
        assert_eq!(take("postgres://h/d?sslmode=a&x=1", "sslmode"), left("postgres://h/d?x=1", Some("a")));
        assert_eq!(take("postgres://h/d?x=1&a=%2Fp%20q", "a"), left("postgres://h/d?x=1", Some("/p q")));
        assert_eq!(take("postgres://h/d?a=1&a=2", "a"), left("postgres://h/d", Some("2")));
        assert_eq!(take("host=h sslmode='b' user=u", "sslmode"), left("host=h user=u", Some("b")));
    }

    #[test]
    fn a_socket_is_never_encrypted_and_another_machine_is_when_it_can() {
        let mode = |url: &str| Address::parse(url).unwrap().config.get_ssl_mode();
        assert_eq!(
            mode("postgres://u@%2Frun%2Fpg/d?sslmode=verify-full&sslrootcert=/nowhere"),
            SslMode::Disable
        );
        assert_eq!(mode("postgres://u@db.example/d"), SslMode::Prefer);
        assert_eq!(mode("postgres://u@db.example/d?sslmode=require"), SslMode::Require);
        assert_eq!(mode("hostaddr=127.0.0.1 user=u"), SslMode::Disable);
    }

    #[test]
    fn what_cannot_be_read_names_itself() {
        let said = |url: &str| format!("{:#}", Address::parse(url).err().unwrap());
        assert!(said("postgres://u@h/d?sslmode=full").contains("verify-full, not \"full\""));
        assert!(said("postgres://u@h/d?sslmode=verify-ca&sslrootcert=/nowhere.crt").contains("/nowhere.crt"));
    }

    #[test]
    fn only_what_leaves_the_machine_unencrypted_is_open_on_the_way() {
        let open = |url: &str| Address::parse(url).unwrap().is_open_on_the_way();
        assert!(open("postgres://u@db.example/d"));
        assert!(open("postgres://u@10.0.0.5/d?sslmode=disable"));
        assert!(!open("postgres://u@db.example/d?sslmode=require"));
        assert!(!open("postgres://u@127.0.0.1/d") && !open("postgres://u@localhost/d"));
        assert!(!open("postgres://u@%2Frun%2Fpg/d"));
    }
}
