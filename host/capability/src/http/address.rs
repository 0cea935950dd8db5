//! Which addresses are public, which a rule has to name, and which nothing may reach. Pure;
//! `grant.rs` asks it, and reads the networks that rules name with it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Networks that one rule names when it is normal: a person reads them all. All that can be
/// named are fewer.
const MAX_NETWORKS: usize = 32;

/// What an address is to a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Reached by everybody who may ask the host.
    Public,
    /// Reached only under a rule that names it.
    Named,
    /// Never reached: it is no single host's address, or it hides another one.
    Never,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits))
}

const fn v6(a: u16, b: u16, c: u16, last: u16, bits: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(
        Ipv6Addr::new(a, b, c, 0, 0, 0, 0, last),
        bits,
    ))
}

/// What a rule may name. It is looked at before [`NEVER`], in which some of it lies.
const NAMED: [IpNet; 22] = [
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v6(0, 0, 0, 1, 128),
    v6(0x100, 0, 0, 0, 64),
    v6(0x2001, 2, 0, 0, 48),
    v6(0x2001, 0x10, 0, 0, 28),
    v6(0x2001, 0x20, 0, 0, 28),
    v6(0x2001, 0xdb8, 0, 0, 32),
    v6(0x3fff, 0, 0, 0, 20),
    v6(0xfc00, 0, 0, 0, 7),
    v6(0xfe80, 0, 0, 0, 10),
    v6(0xfec0, 0, 0, 0, 10),
];

/// What no rule opens: "this network", groups and reserved numbers, and the forms in which an
/// IPv6 address carries another address that some router would send the request to.
const NEVER: [IpNet; 5] = [
    v4(0, 0, 0, 0, 8),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
    // Teredo and the other protocol assignments.
    v6(0x2001, 0, 0, 0, 23),
    // 6to4.
    v6(0x2002, 0, 0, 0, 16),
];

/// All IPv6 addresses that are handed out to hosts. What lies beside it is not public: mapped,
/// compatible and translated forms, groups, and whatever will be thought of.
const GLOBAL: IpNet = v6(0x2000, 0, 0, 0, 3);

/// What `localhost` names.
const LOOPBACK: [IpNet; 2] = [v4(127, 0, 0, 0, 8), v6(0, 0, 0, 1, 128)];

/// What an address is. A mapped one is what it maps.
pub(super) fn standing(address: IpAddr) -> Standing {
    let address = address.to_canonical();
    let within = |nets: &[IpNet]| nets.iter().any(|net| net.contains(&address));
    if within(&NAMED) {
        Standing::Named
    } else if within(&NEVER) || address.is_ipv6() && !GLOBAL.contains(&address) {
        Standing::Never
    } else {
        Standing::Public
    }
}

/// Whether a rule that names `networks` reaches an address.
pub(super) fn reaches(networks: &[IpNet], address: IpAddr) -> bool {
    match standing(address) {
        Standing::Public => true,
        Standing::Named => {
            let address = address.to_canonical();
            networks.iter().any(|net| net.contains(&address))
        }
        Standing::Never => false,
    }
}

/// The networks of a host that names its address itself: `localhost`, or an address.
pub(super) fn of_host(host: &str, address: Option<IpAddr>) -> Option<Vec<IpNet>> {
    match address {
        None if host == "localhost" => Some(LOOPBACK.to_vec()),
        None => None,
        Some(address) if standing(address) == Standing::Named => Some(vec![IpNet::from(address)]),
        Some(_) => Some(Vec::new()),
    }
}

/// Reads `10.0.0.0/8,192.168.1.7`. The answer is normal: what networks that allow the same
/// have in common is their text, because only what needs naming is left of them, joined where
/// they touch.
pub(super) fn read(text: &str) -> Result<Vec<IpNet>, String> {
    let mut needed = Vec::new();
    for text in text.split(',') {
        let net = network(text.trim()).ok_or_else(|| {
            "names a network that is none: write it as in `10.0.0.0/8` or `fd00::/8`".to_owned()
        })?;
        let before = needed.len();
        needed.extend(NAMED.iter().filter_map(|named| narrower(*named, net)));
        if needed.len() == before {
            return Err(format!(
                "names {net}, of which nothing can be named: public addresses need no naming, \
                 and groups, reserved numbers and addresses that carry others are never reached"
            ));
        }
    }
    let mut nets = IpNet::aggregate(&needed);
    if nets.len() > MAX_NETWORKS {
        return Err(format!("names more than {MAX_NETWORKS} networks"));
    }
    nets.sort_unstable();
    Ok(nets)
}

/// Read by hand for its address: `ipnet` takes `010.0.0.0` for `10.0.0.0`, which others read as
/// an octal number.
fn network(text: &str) -> Option<IpNet> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    match bits {
        None => Some(IpNet::from(address)),
        Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => {
            let net = IpNet::new(address, bits.parse().ok()?);
            net.ok().map(|net| net.trunc())
        }
        Some(_) => None,
    }
}

/// What two networks have in common: one of them, or nothing.
fn narrower(one: IpNet, other: IpNet) -> Option<IpNet> {
    if one.contains(&other) {
        Some(other)
    } else {
        other.contains(&one).then_some(one)
    }
}

/// Whether each of `inner` lies in `outer`. Both are normal, so that what several of `outer`
/// hold together, one of them holds.
pub(super) fn cover(outer: &[IpNet], inner: &[IpNet]) -> bool {
    let held = |net: &IpNet| outer.iter().any(|outer| outer.contains(net));
    inner.iter().all(held)
}

/// Whether the networks are this machine's own.
pub(super) fn are_loopback(networks: &[IpNet]) -> bool {
    cover(&LOOPBACK, networks)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(expect: Standing, addresses: &[&str]) {
        for text in addresses {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(standing(address), expect, "{text}");
        }
    }

    #[test]
    fn addresses_are_told_apart() {
        use Standing::{Named, Never, Public};
        check(
            Public,
            &[
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.0",
                "192.0.3.0",
                "192.88.98.1",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "198.51.99.255",
                "203.0.114.0",
                "223.255.255.255",
                "::ffff:1.1.1.1",
                "2000::1",
                "2001:200::1",
                "2001:db7:ffff::1",
                "2001:db9::1",
                "2003::1",
                "2606:4700::1111",
                "3ffe::1",
                "3fff:1000::1",
            ],
        );
        check(
            Named,
            &[
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.255",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "100::1",
                "2001:2::1",
                "2001:10::1",
                "2001:2f::1",
                "2001:db8::1",
                "3fff::1",
                "3fff:fff::1",
                "fc00::1",
                "fd00:ec2::254",
                "fdff::1",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "feff::1",
            ],
        );
        check(
            Never,
            &[
                "0.0.0.0",
                "0.1.2.3",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::2",
                "::127.0.0.1",
                "::ffff:0.0.0.0",
                "::ffff:0:127.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b::a00:1",
                "64:ff9b:1::1",
                "100:0:0:1::1",
                "2001::1",
                "2001:0:4136:e378::1",
                "2001:1::1",
                "2001:4:112::1",
                "2002:7f00:1::",
                "2002:a00:1::1",
                "4000::1",
                "5f00::1",
                "fe00::1",
                "ff02::1",
                "ff0e::1",
            ],
        );
    }

    #[test]
    fn networks_are_read_and_are_normal() {
        for (text, expect) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.0.0.5", "10.0.0.5/32"),
            ("10.128.0.0/9, 10.0.0.0/9", "10.0.0.0/8"),
            ("10.0.0.0/7", "10.0.0.0/8"),
            (
                "192.168.0.0/16,10.0.0.0/8,10.5.0.0/16",
                "10.0.0.0/8,192.168.0.0/16",
            ),
            ("fd00::1/8", "fd00::/8"),
            ("::1", "::1/128"),
            ("::/96", "::1/128"),
            ("fe80::/9", "fe80::/9"),
        ] {
            let nets: Vec<String> = read(text)
                .unwrap()
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(nets.join(","), expect, "{text}");
        }
        let all = read("0.0.0.0/0,::/0").unwrap();
        assert_eq!(
            all.iter().filter(|net| matches!(net, IpNet::V4(_))).count(),
            12
        );
    }

    #[test]
    fn what_cannot_be_named_is_refused() {
        for (text, expect) in [
            ("", "that is none"),
            ("10.0.0.0/33", "that is none"),
            ("10.0.0.0/8,", "that is none"),
            ("10.0.0.0/8;fd00::/8", "that is none"),
            ("010.0.0.0/8", "that is none"),
            ("10.0.0", "that is none"),
            ("0x0a000001", "that is none"),
            ("fe80::1%eth0", "that is none"),
            ("8.8.8.0/24", "nothing can be named"),
            ("0.0.0.0", "nothing can be named"),
            ("255.255.255.255", "nothing can be named"),
            ("10.0.0.0/8,224.0.0.0/4", "nothing can be named"),
            ("::ffff:10.0.0.0/104", "nothing can be named"),
            ("64:ff9b::/96", "nothing can be named"),
            ("2002::/16", "nothing can be named"),
            ("2001::/32", "nothing can be named"),
            ("2606::/16", "nothing can be named"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(expect), "{text}: {told}");
        }
        let many: Vec<String> = (0..=MAX_NETWORKS)
            .map(|at| format!("10.0.{at}.1"))
            .collect();
        assert!(read(&many.join(",")).unwrap_err().contains("more than 32"));
        let same = vec!["10.0.0.1"; 100].join(",");
        assert_eq!(read(&same).unwrap().len(), 1);
    }

    #[test]
    fn a_named_network_opens_itself_and_nothing_that_is_never_reached() {
        let nets = read("10.0.0.0/8,::1").unwrap();
        for (address, expect) in [
            ("10.1.1.1", true),
            ("::ffff:10.1.1.1", true),
            ("::1", true),
            ("1.1.1.1", true),
            ("127.0.0.1", false),
            ("192.168.0.1", false),
            ("64:ff9b::a01:101", false),
            ("2002:a01:101::1", false),
            ("::10.1.1.1", false),
            ("0.0.0.0", false),
        ] {
            assert_eq!(
                reaches(&nets, address.parse().unwrap()),
                expect,
                "{address}"
            );
        }
        let all = read("0.0.0.0/0,::/0").unwrap();
        for address in [
            "0.0.0.0",
            "224.0.0.1",
            "64:ff9b::1",
            "::ffff:0.0.0.0",
            "2002::1",
        ] {
            assert!(!reaches(&all, address.parse().unwrap()), "{address}");
        }
    }
}
