//! From an address in the configuration to a store.

use crate::StorageError;
use crate::guard::TIME_LIMIT;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use percent_encoding::percent_decode_str;
use std::time::Duration;
use url::Url;

/// Connect to `s3://key:secret@host:port/bucket?region=…&path_style=1&allow_http=1`.
///
/// Key and secret are percent-encoded where they need it. Without a host name of its own
/// (`s3://key:secret@amazonaws.com/bucket`) Amazon's address for the region is used.
pub fn s3(address: &str) -> Result<AmazonS3, StorageError> {
    let bad = |what: &str| StorageError::Address(what.to_owned());
    let url = Url::parse(address).map_err(|_| bad("not a URL"))?;
    let host = url.host_str().ok_or_else(|| bad("host missing"))?;
    let bucket = url.path().trim_matches('/');
    if bucket.is_empty() || bucket.contains('/') {
        return Err(bad("one path part, the bucket, expected"));
    }
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let secret = url.password().ok_or_else(|| bad("secret missing"))?;
    let mut region = "us-east-1".to_owned();
    let (mut path_style, mut allow_http) = (false, false);
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "region" => region = value.into_owned(),
            "path_style" => path_style = is_yes(&value),
            "allow_http" => allow_http = is_yes(&value),
            _ => {
                return Err(bad("only region, path_style and allow_http may follow the ?"));
            }
        }
    }
    let amazon = host == "amazonaws.com";
    let scheme = if allow_http { "http" } else { "https" };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let mut builder = AmazonS3Builder::new()
        .with_access_key_id(decode(url.username()))
        .with_secret_access_key(decode(secret))
        .with_bucket_name(bucket)
        .with_region(region)
        .with_virtual_hosted_style_request(!path_style)
        .with_allow_http(allow_http)
        .with_client_options(client_options(allow_http))
        .with_retry(retry());
    if !amazon {
        let endpoint = match path_style {
            true => format!("{scheme}://{host}{port}"),
            false => format!("{scheme}://{bucket}.{host}{port}"),
        };
        builder = builder.with_endpoint(endpoint);
    }
    // The HTTP client takes the process's TLS provider; the first one installed stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder.build().map_err(|error| StorageError::Address(error.to_string()))
}

fn is_yes(value: &str) -> bool {
    matches!(value, "1" | "true" | "yes" | "")
}

/// A download may take as long as its reader needs; what is limited is silence.
fn client_options(allow_http: bool) -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(allow_http)
        .with_connect_timeout(Duration::from_secs(5))
        .with_read_timeout(TIME_LIMIT)
        .with_timeout_disabled()
}

fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        },
        max_retries: 2,
        retry_timeout: TIME_LIMIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_address_is_understood() {
        let address = "s3://AKIA:se%2Fcret@127.0.0.1:9000/files?region=eu-1&path_style=1&allow_http=1";
        assert!(s3(address).is_ok());
        assert!(s3("s3://AKIA:secret@amazonaws.com/files?region=eu-central-1").is_ok());
    }

    #[test]
    fn what_is_missing_is_named() {
        let say = |address: &str| s3(address).unwrap_err().to_string();
        assert!(say("s3://host/bucket").contains("secret"));
        assert!(say("s3://k:s@host/").contains("bucket"));
        assert!(say("s3://k:s@host/a/b").contains("bucket"));
        assert!(say("s3://k:s@host/a?pathstyle=1").contains("path_style"));
        assert!(!say("s3://k:topsecret@host/").contains("topsecret"));
    }
}
