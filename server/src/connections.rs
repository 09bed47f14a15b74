//! How many connections each address has; a network of IPv6 counts as one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::throttle::origin;

/// Counts connections; clones count together.
#[derive(Clone, Debug)]
pub struct Connections {
    open: Arc<Mutex<HashMap<IpAddr, u32>>>,
    max_per_address: u32,
}

/// One counted connection; dropping it counts it out.
#[derive(Debug)]
pub struct Permit {
    connections: Connections,
    origin: IpAddr,
}

impl Connections {
    /// At most `max_per_address` for each address but this machine's.
    #[must_use]
    pub fn new(max_per_address: u32) -> Self {
        Self { open: Arc::default(), max_per_address }
    }

    /// Counts one more connection from `address`; `None` when it has too many.
    #[must_use]
    pub fn admit(&self, address: IpAddr) -> Option<Permit> {
        let is_local = address.to_canonical().is_loopback();
        let origin = origin(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(origin).or_default();
        if *count >= self.max_per_address && !is_local {
            return None;
        }
        *count += 1;
        Some(Permit { connections: self.clone(), origin })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = open.get_mut(&self.origin) else { return };
        *count -= 1;
        if *count == 0 {
            open.remove(&self.origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_its_share_and_no_more_until_it_hangs_up() {
        let connections = Connections::new(2);
        let stranger = IpAddr::from([192, 0, 2, 1]);
        let first = connections.admit(stranger);
        let second = connections.admit(stranger);
        assert!(first.is_some() && second.is_some());
        assert!(connections.admit(stranger).is_none());
        assert!(connections.admit(IpAddr::from([192, 0, 2, 2])).is_some(), "others are not concerned");
        drop(first);
        assert!(connections.admit(stranger).is_some());
    }

    #[test]
    fn a_network_of_ipv6_has_one_share() {
        let connections = Connections::new(1);
        let admit = |address: &str| connections.admit(address.parse().unwrap());
        let permits = [admit("2001:db8:1:2::1"), admit("2001:db8:1:2:ffff::9"), admit("2001:db8:1:3::1")];
        assert_eq!(permits.map(|permit| permit.is_some()), [true, false, true]);
        let local = [admit("::1"), admit("::1")];
        assert!(local.iter().all(Option::is_some), "this machine is no stranger by IPv6 either");
    }

    #[test]
    fn this_machine_has_no_limit_and_nothing_is_remembered_of_the_gone() {
        let connections = Connections::new(1);
        let permits: Vec<_> =
            (0..50).map(|_| connections.admit(IpAddr::from([127, 0, 0, 1])).unwrap()).collect();
        drop(permits);
        assert!(connections.open.lock().unwrap().is_empty());
    }
}
