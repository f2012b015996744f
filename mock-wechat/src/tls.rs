//! TLS with an authority of the stand-in's own, for clients that speak nothing but https.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;

use crate::Error;

const CA_FILE: &str = "ca.pem";
const CA_KEY_FILE: &str = "ca_key.pem";

/// Names that the server's certificate always has: loopback, and the hosts that it stands in for.
const NAMES: [&str; 6] =
    ["localhost", "127.0.0.1", "::1", "api.weixin.qq.com", "api.mch.weixin.qq.com", "apihk.mch.weixin.qq.com"];

/// A server certificate of this start, signed by the authority of the data folder.
#[derive(Clone)]
pub struct Tls {
    pub(crate) config: ServerConfig,
    ca_pem: String,
}

impl Tls {
    /// Makes the authority on the first start (`ca.pem`, and `ca_key.pem` with mode 0600) and keeps it from then on.
    /// `names` are further host names or addresses for the server's certificate.
    pub fn load_or_generate(dir: &Path, names: &[String]) -> Result<Self, Error> {
        let key_path = dir.join(CA_KEY_FILE);
        let (key, fresh) = match fs::read_to_string(&key_path) {
            Ok(pem) => (KeyPair::from_pem(&pem).map_err(broken)?, false),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (KeyPair::generate().map_err(broken)?, true),
            Err(error) => return Err(Error::file(&key_path)(error)),
        };
        let params = ca_params()?;
        let ca_path = dir.join(CA_FILE);
        if fresh {
            fs::create_dir_all(dir).map_err(Error::file(dir))?;
            let ca = params.self_signed(&key).map_err(broken)?;
            fs::write(&ca_path, ca.pem()).map_err(Error::file(&ca_path))?;
            store_key(&key_path, &key.serialize_pem()).map_err(Error::file(&key_path))?;
        }
        let ca_pem = fs::read_to_string(&ca_path).map_err(Error::file(&ca_path))?;
        Ok(Self { config: server_config(&Issuer::new(params, key), names)?, ca_pem })
    }

    /// The authority's certificate, for the trust store of a client.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Tls(error.to_string())
}

fn store_key(path: &Path, pem: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(pem.as_bytes())
}

fn ca_params() -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(Vec::new()).map_err(broken)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, "mock-wechat authority (tests only)");
    Ok(params)
}

fn server_config(issuer: &Issuer<'_, KeyPair>, names: &[String]) -> Result<ServerConfig, Error> {
    let names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).chain(names.iter().cloned()).collect();
    let mut params = CertificateParams::new(names).map_err(broken)?;
    params.distinguished_name.push(DnType::CommonName, "mock-wechat");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(broken)?;
    let certificate = params.signed_by(&key, issuer).map_err(broken)?;
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(broken)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .map_err(broken)
}
