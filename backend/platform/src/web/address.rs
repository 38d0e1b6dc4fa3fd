//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The client's address: the peer's, or what trusted proxies say behind which it stands.
///
/// `X-Forwarded-For` is read from the right, where our own proxies write: the first address that is not
/// one of theirs is the client's. What stands left of it, or of anything unreadable, is a stranger's word.
/// Of an IPv6 address only the network counts: one subscriber has a whole /64.
pub fn client(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> String {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    let Some(mut nearest) = peer else { return "unknown".to_owned() };
    let lines: Vec<&[u8]> = headers.get_all("x-forwarded-for").iter().map(|value| value.as_bytes()).collect();
    let entries = lines.iter().flat_map(|line| line.split(|byte| *byte == b',')).collect::<Vec<_>>();
    for entry in entries.into_iter().rev() {
        if !is_trusted(nearest, trusted) {
            break;
        }
        let text = std::str::from_utf8(entry).unwrap_or_default();
        let Ok(address) = text.trim().parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
    }
    subscriber(nearest)
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

fn subscriber(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
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
        // What stands left of something unreadable is the client's own word.
        assert_eq!(seen("10.0.0.1:1", Some("8.8.8.8, x, 198.51.100.1")), "198.51.100.1");
        assert_eq!(seen("10.0.0.1:1", Some("8.8.8.8, x, 10.0.0.2")), "10.0.0.2");
        assert_eq!(seen("10.0.0.1:1", Some("::ffff:198.51.100.1")), "198.51.100.1");
        assert_eq!(seen("[2001:db8:1:2:3::4]:1", None), "2001:db8:1:2::/64");
    }
}
