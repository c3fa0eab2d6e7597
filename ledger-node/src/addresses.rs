//! Addresses that connect, or that a proxy names: how many connections each has, and the limits that its requests share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headwater_service::caller::{AppendLimits, network_of};
use tokio::sync::Semaphore;

use crate::gate::REQUESTS_MAX;
use crate::sending::Room;
use crate::settings::Settings;

/// Limits that the requests of one address share.
#[derive(Debug)]
pub struct AddressLimits {
    /// Limits of the address's appends, streams and reads.
    pub appends: AppendLimits,
    /// Room for answers that are being sent to the address.
    pub sending: Room,
    /// Room for the address's requests in progress on connections of proxies.
    pub requests: Arc<Semaphore>,
}

impl AddressLimits {
    fn is_idle(&self) -> bool {
        self.appends.are_idle() && self.sending.is_whole() && self.requests.available_permits() == REQUESTS_MAX
    }
}

#[derive(Default, Debug)]
struct Known {
    connections: usize,
    by_address: HashMap<IpAddr, usize>,
    shared: HashMap<IpAddr, Arc<AddressLimits>>,
}

/// All addresses that have a connection or a request under way.
#[derive(Debug)]
pub struct Addresses {
    all_max: usize,
    address_max: usize,
    sending_mib: u32,
    known: Mutex<Known>,
}

/// A place among the connections, given back when dropped.
#[derive(Debug)]
pub struct Slot {
    addresses: Arc<Addresses>,
    address: Option<IpAddr>,
}

impl Addresses {
    /// Takes the limits of connections and answers from the settings.
    pub fn new(settings: &Settings) -> Self {
        Self {
            all_max: settings.connections_max,
            address_max: settings.connections_per_address_max,
            sending_mib: settings.sending_per_address_mib,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a connection of an address; `None` when all places are taken. A proxy passes no address, and counts only toward
    /// the limit for all connections.
    pub fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Slot> {
        let address = address.map(network_of);
        let mut known = self.known();
        let here = address.and_then(|address| known.by_address.get(&address)).copied().unwrap_or(0);
        if known.connections >= self.all_max || here >= self.address_max {
            return None;
        }
        known.connections += 1;
        if let Some(address) = address {
            known.by_address.insert(address, here + 1);
        }
        Some(Slot { addresses: self.clone(), address })
    }

    /// Returns the limits that the requests of an address share.
    pub fn shared(&self, address: IpAddr) -> Arc<AddressLimits> {
        let fresh = || {
            Arc::new(AddressLimits {
                appends: AppendLimits::default(),
                sending: Room::mib(self.sending_mib),
                requests: Arc::new(Semaphore::new(REQUESTS_MAX)),
            })
        };
        self.known().shared.entry(network_of(address)).or_insert_with(fresh).clone()
    }

    /// Forgets the addresses that have nothing under way: no request, no stream, and no answer that is being sent.
    pub fn forget_idle(&self) {
        self.known().shared.retain(|_, shared| Arc::strong_count(shared) > 1 || !shared.is_idle());
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut known = self.addresses.known();
        known.connections = known.connections.saturating_sub(1);
        let Some(address) = self.address else { return };
        match known.by_address.get_mut(&address) {
            Some(here) if *here > 1 => *here -= 1,
            _ => drop(known.by_address.remove(&address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use headwater_service::caller::Rates;

    use super::*;

    #[test]
    fn places_are_counted_by_address_and_in_all_and_given_back() {
        let few = Settings { connections_max: 4, connections_per_address_max: 2, ..Settings::default() };
        let addresses = Arc::new(Addresses::new(&few));
        let enter = |last| addresses.enter(Some(IpAddr::from([192, 0, 2, last])));
        let one = enter(1).unwrap();
        let two = enter(1).unwrap();
        assert!(enter(1).is_none(), "the third of one address");
        let three = enter(2).unwrap();
        let proxy = addresses.enter(None).unwrap();
        assert!(enter(3).is_none() && addresses.enter(None).is_none(), "the fifth in all");
        drop((one, three, proxy));
        assert!(enter(1).is_some());
        drop(two);
        let known = addresses.known();
        assert_eq!((known.connections, known.by_address.len()), (0, 0));
    }

    #[test]
    fn what_an_address_shares_lives_as_long_as_it_is_used() {
        let addresses = Addresses::new(&Settings::default());
        let address = IpAddr::from([192, 0, 2, 1]);
        let one = addresses.shared(address);
        assert!(Arc::ptr_eq(&one, &addresses.shared(address)));
        addresses.forget_idle();
        assert_eq!(addresses.known().shared.len(), 1);
        let streaming = one.appends.clone();
        let stream = headwater_service::caller::Caller::new(address, Arc::new(Rates::new(1, 1)), streaming).stream();
        drop(one);
        addresses.forget_idle();
        assert_eq!(addresses.known().shared.len(), 1, "a stream is open");
        drop(stream);
        addresses.forget_idle();
        assert_eq!(addresses.known().shared.len(), 0);
    }
}
