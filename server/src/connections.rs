//! How many connections each address has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

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
    address: IpAddr,
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
        let address = address.to_canonical();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.max_per_address && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Permit { connections: self.clone(), address })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = open.get_mut(&self.address) else { return };
        *count -= 1;
        if *count == 0 {
            open.remove(&self.address);
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
    fn this_machine_has_no_limit_and_nothing_is_remembered_of_the_gone() {
        let connections = Connections::new(1);
        let permits: Vec<_> =
            (0..50).map(|_| connections.admit(IpAddr::from([127, 0, 0, 1])).unwrap()).collect();
        drop(permits);
        assert!(connections.open.lock().unwrap().is_empty());
    }
}
