//! Trusted proxies in front of the node, and the caller behind them.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, header};
use headwater_event::codec::CodecError;
use headwater_event::draft::Scalar;
use ipnet::IpNet;

use crate::settings::Settings;

/// An address, or a network such as `10.0.0.0/8`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network(IpNet);

impl Scalar for Network {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        let net = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        net.map(Self).map_err(|_| CodecError::value(text, "is neither an address nor a network, such as 10.0.0.0/8"))
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Header in which a proxy names the address of its caller. The caller controls the other header, so the node does not read it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
pub enum ProxyHeader {
    /// Header of the form `X-Forwarded-For: ADDRESS, …`.
    #[default]
    #[serde(rename = "x-forwarded-for")]
    XForwardedFor,
    /// Header of the form `Forwarded: for=ADDRESS, …` (RFC 7239).
    #[serde(rename = "forwarded")]
    Forwarded,
}

impl FromStr for ProxyHeader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => Ok(Self::XForwardedFor),
            "forwarded" => Ok(Self::Forwarded),
            _ => Err(format!("{text:?} is not x-forwarded-for or forwarded")),
        }
    }
}

impl std::fmt::Display for ProxyHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        })
    }
}

/// The trusted proxies, and the header that they set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proxies {
    networks: Vec<Network>,
    header: ProxyHeader,
}

impl Proxies {
    /// Takes the proxies and the header from the settings.
    pub fn of(settings: &Settings) -> Self {
        Self { networks: settings.trusted_proxies.0.clone(), header: settings.proxy_header }
    }

    /// Whether a peer is a trusted proxy.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.networks.iter().any(|Network(network)| network.contains(&peer))
    }

    /// Returns the address that a request comes from: the last address that is not a trusted proxy's. Where a proxy names no address, or
    /// hides it, the result is the address of the proxy itself.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        if !self.trusts(peer) {
            return client;
        }
        let name: HeaderName = match self.header {
            ProxyHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            ProxyHeader::Forwarded => header::FORWARDED,
        };
        let lines: Vec<_> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default()).collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let address = match self.header {
                ProxyHeader::XForwardedFor => address(hop.trim()),
                ProxyHeader::Forwarded => forwarded_for(hop).and_then(address),
            };
            let Some(address) = address else { return client };
            client = address;
            if !self.trusts(client) {
                return client;
            }
        }
        client
    }
}

/// Returns the node of a hop, such as `for=192.0.2.1` or `for="[2001:db8::1]:4711"`.
fn forwarded_for(hop: &str) -> Option<&str> {
    let pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut of = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    of.next().map(|(_, node)| node.trim().trim_matches('"'))
}

/// Parses an address, with or without a port.
fn address(node: &str) -> Option<IpAddr> {
    let bare = node.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(node);
    bare.parse().ok().or_else(|| node.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ProxyHeader, peer: &str, lines: &[(&str, &str)]) -> String {
        let networks =
            ["10.0.0.0/8", "127.0.0.1", "2001:db8::/32"].map(|text| Network::of_text(text).unwrap()).to_vec();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        Proxies { networks, header }.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_request_comes_from_the_last_address_that_no_proxy_stands_behind() {
        use ProxyHeader::{Forwarded, XForwardedFor};
        for (header, peer, lines, expected) in [
            (XForwardedFor, "198.51.100.7", &[("x-forwarded-for", "192.0.2.1")][..], "198.51.100.7"),
            (XForwardedFor, "10.1.1.1", &[], "10.1.1.1"),
            (XForwardedFor, "10.1.1.1", &[("x-forwarded-for", "192.0.2.1")], "192.0.2.1"),
            (XForwardedFor, "::ffff:10.1.1.1", &[("x-forwarded-for", "192.0.2.1")], "192.0.2.1"),
            // Addresses that a caller wrote in front are not read.
            (XForwardedFor, "10.1.1.1", &[("x-forwarded-for", "203.0.113.9, 192.0.2.1, 10.2.2.2")], "192.0.2.1"),
            (
                XForwardedFor,
                "10.1.1.1",
                &[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "192.0.2.1")],
                "192.0.2.1",
            ),
            (XForwardedFor, "10.1.1.1", &[("forwarded", "for=192.0.2.1")], "10.1.1.1"),
            (XForwardedFor, "10.1.1.1", &[("x-forwarded-for", "192.0.2.1, unknown")], "10.1.1.1"),
            (XForwardedFor, "10.1.1.1", &[("x-forwarded-for", "192.0.2.1:4711")], "192.0.2.1"),
            (XForwardedFor, "10.1.1.1", &[("x-forwarded-for", "10.2.2.2, 10.3.3.3")], "10.2.2.2"),
            (Forwarded, "127.0.0.1", &[("forwarded", "for=192.0.2.43;proto=https, For=\"10.1.1.1\"")], "192.0.2.43"),
            (Forwarded, "127.0.0.1", &[("forwarded", "by=a;for=\"[2001:DB9::1]:4711\"")], "2001:db9::1"),
            (Forwarded, "127.0.0.1", &[("forwarded", "for=192.0.2.1, for=_hidden")], "127.0.0.1"),
            (Forwarded, "127.0.0.1", &[("x-forwarded-for", "192.0.2.1")], "127.0.0.1"),
        ] {
            assert_eq!(client(header, peer, lines), expected, "{peer} {lines:?}");
        }
        assert!(Network::of_text("10.0.0.0/33").is_err() && Network::of_text("proxy").is_err());
    }
}
