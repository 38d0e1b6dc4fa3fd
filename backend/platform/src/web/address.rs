//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The client's address: the peer's, or what trusted proxies say behind which it stands. Of the chain in
/// `X-Forwarded-For` the last address counts that is not a trusted proxy itself, since everything before
/// it is the client's own word.
pub fn client(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> String {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    let Some(peer) = peer else { return "unknown".to_owned() };
    if !is_trusted(peer, trusted) {
        return peer.to_string();
    }
    let chain: Vec<IpAddr> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map_while(|one| one.trim().parse().ok())
        .collect();
    let client = chain.into_iter().rev().find(|address| !is_trusted(*address, trusted));
    client.unwrap_or(peer).to_string()
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address.to_canonical()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: Option<&str>) -> String {
        let mut extensions = Extensions::new();
        let peer: SocketAddr = peer.parse().expect("an address");
        extensions.insert(ConnectInfo(peer));
        let mut headers = HeaderMap::new();
        if let Some(forwarded) = forwarded {
            headers.insert("x-forwarded-for", forwarded.parse().expect("a header"));
        }
        client(&extensions, &headers, &["10.0.0.0/8".parse().expect("a network")])
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("203.0.113.9:1", Some("198.51.100.1")), "203.0.113.9");
        assert_eq!(seen("10.0.0.1:1", Some("198.51.100.1")), "198.51.100.1");
        assert_eq!(seen("10.0.0.1:1", Some("192.0.2.7, 198.51.100.1, 10.0.0.2")), "198.51.100.1");
        assert_eq!(seen("10.0.0.1:1", None), "10.0.0.1");
        assert_eq!(seen("10.0.0.1:1", Some("nonsense")), "10.0.0.1");
    }
}
