//! Base URLs: the addresses of nodes, logs and labels, below which their paths lie.

use std::fmt;
use std::net::Ipv6Addr;

use crate::codec::CodecError;
use crate::draft::Scalar;

/// Largest number of characters of a base URL.
pub const BASE_URL_CHARS_MAX: usize = 512;

/// URL of a server, without a slash at its end: `http` or `https`, a host with or without a port, and a path at most.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Checks a URL, and leaves out the slashes at its end.
    pub fn parse(text: &str) -> Result<Self, CodecError> {
        let base = text.trim_end_matches('/');
        let below = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        let host = below.map(|below| below.split('/').next().unwrap_or_default());
        let is_path = base.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte));
        if base.len() <= BASE_URL_CHARS_MAX && is_path && host.is_some_and(is_host) {
            return Ok(Self(base.to_owned()));
        }
        let rule = format!(
            "is not the URL of a server: http:// or https://, a host, and a path at most, {BASE_URL_CHARS_MAX} characters in all"
        );
        Err(CodecError::value(text, rule))
    }

    /// The URL as text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is a host, with or without a port. The host of an IPv6 address lies in brackets.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (text, "80"),
    };
    let is_name = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    // A number of Rust may have a sign.
    port.bytes().all(|byte| byte.is_ascii_digit())
        && port.parse::<u16>().is_ok()
        && !host.is_empty()
        && (is_name(host) || address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()))
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Scalar for BaseUrl {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_a_server_with_a_path_at_most() {
        for (text, base) in [
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://id.trace.example/", "https://id.trace.example"),
            ("https://example.com/shop/nl//", "https://example.com/shop/nl"),
            ("http://ledger_node", "http://ledger_node"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://[::1]", "http://[::1]"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().as_str(), base, "{text}");
        }
        for text in [
            "",
            "localhost:8080",
            "ftp://id.trace.example",
            "http://",
            "http:///shop",
            "http://:8080",
            "http://localhost:http",
            "http://localhost:65536",
            "http://localhost:+80",
            "http://::1",
            "http://[localhost]",
            "http://a b",
            "http://me@id.trace.example",
            "https://id.trace.example?from=shop",
            "https://id.trace.example/#top",
            "https://id.trace.example/caf\u{e9}",
            &format!("https://id.trace.example/{}", "x".repeat(BASE_URL_CHARS_MAX)),
        ] {
            assert!(BaseUrl::parse(text).is_err(), "{text}");
        }
    }
}
