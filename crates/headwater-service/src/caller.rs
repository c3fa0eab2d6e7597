//! Limits of an address that hands in events. The limits apply before any signature is checked.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultKeyedRateLimiter, Quota};
use headwater_ledger::ledger::GROUP_MAX;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use crate::status::too_fast;

/// Largest number of open streams of one address, of appends and of entries together.
pub const STREAMS_MAX: usize = 32;
/// Largest number of traces and receipts of one address that are made, or wait to be made, at once.
pub const READS_MAX: usize = 4;
/// Number of events that a refused event counts as, when the fault is its author's: malformed bytes, a signature or a right that does not hold.
pub const FAULT_COSTS: u32 = 10;
/// Number of bytes that count as one event, in answers to events that were recorded before.
pub const ANSWERED_AN_EVENT: usize = 4 << 10;
/// Number of entries that count as one event, of those that are read for the budgets of an event's subjects.
pub const READ_AN_EVENT: usize = 16;

/// Address as limits count it. An IPv6 address counts as its /64 network, because its holder has all 2^64 addresses of the network.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

/// Limit of the events that each address may hand in.
#[derive(Debug)]
pub struct Rates {
    events: DefaultKeyedRateLimiter<IpAddr>,
    /// Limit of the events that are refused for their author's fault. At once, an address has no more of them than a group: the burst of
    /// events is for authors whose events hold.
    faults: DefaultKeyedRateLimiter<IpAddr>,
    per_second: u32,
}

impl Rates {
    /// Allows `per_second` events over time, and `burst` events at once before that. The burst is at least the cost of
    /// a group of faults.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let positive = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let limit = |per_second, burst| {
            DefaultKeyedRateLimiter::keyed(Quota::per_second(positive(per_second)).allow_burst(positive(burst)))
        };
        let group = u32::try_from(GROUP_MAX).unwrap_or(u32::MAX);
        let events = limit(per_second, burst.max(group.saturating_mul(FAULT_COSTS)));
        Self { events, faults: limit(per_second / FAULT_COSTS, group), per_second }
    }

    /// Forgets the addresses whose whole allowance is back.
    pub fn forget_idle(&self) {
        self.events.retain_recent();
        self.faults.retain_recent();
    }
}

/// Caller by its address, with the limits of that address. Clones share all limits.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Network address of the caller.
    pub address: IpAddr,
    rates: Option<Arc<Rates>>,
    appends: AppendLimits,
}

/// Turn, streams and reads that the requests of one address share.
#[derive(Clone, Debug)]
pub struct AppendLimits {
    /// Turn to have signatures checked: one request of an address at a time.
    turn: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    reads: Arc<Semaphore>,
}

impl Default for AppendLimits {
    fn default() -> Self {
        let of = |places| Arc::new(Semaphore::new(places));
        Self { turn: of(1), streams: of(STREAMS_MAX), reads: of(READS_MAX) }
    }
}

impl AppendLimits {
    /// Whether no request of the address holds a turn, a stream or a read.
    pub fn are_idle(&self) -> bool {
        let places = [(&self.turn, 1), (&self.streams, STREAMS_MAX), (&self.reads, READS_MAX)];
        places.iter().all(|(semaphore, all)| semaphore.available_permits() == *all)
    }
}

impl Caller {
    /// Caller of a request from an address.
    pub fn new(address: IpAddr, rates: Arc<Rates>, appends: AppendLimits) -> Self {
        Self { address, rates: Some(rates), appends }
    }

    /// Caller inside the program that embeds the service. The program limits itself.
    pub fn embedding() -> Self {
        Self { address: Ipv6Addr::LOCALHOST.into(), rates: None, appends: AppendLimits::default() }
    }

    /// Counts one event, or refuses it if the address is too fast.
    pub fn take_one(&self) -> Result<(), Status> {
        match &self.rates {
            Some(rates) if rates.events.check_key(&network_of(self.address)).is_err() => {
                metrics::counter!("headwater_appends_refused_total").increment(1);
                Err(too_fast(rates.per_second))
            }
            _ => Ok(()),
        }
    }

    /// Counts events of a stream. If the address is too fast, the call waits, and its stream with it.
    pub async fn take(&self, events: usize) {
        if let Some(rates) = &self.rates {
            self.wait_for(&rates.events, events).await;
        }
    }

    /// Counts events that were refused for their author's fault, up to [`FAULT_COSTS`] each in all, and waits if the address has too many
    /// of them.
    pub async fn pay_for_faults(&self, faults: usize) {
        for _ in 1..FAULT_COSTS {
            self.take(faults).await;
        }
        if let Some(rates) = &self.rates {
            self.wait_for(&rates.faults, faults).await;
        }
    }

    async fn wait_for(&self, limit: &DefaultKeyedRateLimiter<IpAddr>, events: usize) {
        if let Some(wanted) = u32::try_from(events.min(GROUP_MAX)).ok().and_then(NonZeroU32::new) {
            // A group never asks for more than the burst.
            let _ = limit.until_key_n_ready(&network_of(self.address), wanted).await;
        }
    }

    /// Counts the entries that were read for events: [`READ_AN_EVENT`] entries as one event.
    pub async fn pay_for_reads(&self, entries: usize) {
        self.take_all(entries / READ_AN_EVENT).await;
    }

    /// Counts the bytes of answers to events that were recorded before: [`ANSWERED_AN_EVENT`] bytes as one event.
    pub async fn pay_for_repeats(&self, bytes: usize) {
        self.take_all(bytes / ANSWERED_AN_EVENT).await;
    }

    async fn take_all(&self, mut events: usize) {
        while events > 0 {
            let paid = events.min(GROUP_MAX);
            self.take(paid).await;
            events -= paid;
        }
    }

    /// Waits until no other request of the address has its signatures checked.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.appends.turn.clone().acquire_owned().await.ok()
    }

    /// Waits for a slot among the costly reads of the address.
    pub async fn read(&self) -> Option<OwnedSemaphorePermit> {
        self.appends.reads.clone().acquire_owned().await.ok()
    }

    /// Slot among the streams of the address; `None` when all are taken.
    pub fn stream(&self) -> Option<OwnedSemaphorePermit> {
        self.appends.streams.clone().try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_api::refusal::Refusal;

    #[test]
    fn an_ipv6_network_is_one_address() {
        let one = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(one("2001:db8:1:2::1"), one("2001:db8:1:2:ffff::9"));
        assert_ne!(one("2001:db8:1:2::1"), one("2001:db8:1:3::1"));
        assert_eq!(one("::ffff:192.0.2.1"), one("192.0.2.1"));
        assert_ne!(one("192.0.2.1"), one("192.0.2.2"));
    }

    /// Whether a wait is over at once.
    async fn is_over(wait: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            () = wait => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn faults_use_the_share_of_their_address_up_and_of_no_other() {
        let rates = Arc::new(Rates::new(1, 1));
        let caller_of = |last| Caller::new(IpAddr::from([192, 0, 2, last]), rates.clone(), AppendLimits::default());
        caller_of(1).take(GROUP_MAX).await;
        caller_of(1).pay_for_faults(GROUP_MAX).await;
        let refused = caller_of(1).take_one().unwrap_err();
        assert_eq!(Refusal::of(&refused), Some(Refusal::Rate));
        assert!(refused.message().starts_with("1 events of an address"), "{refused}");
        assert!(caller_of(2).take_one().is_ok());
    }

    #[tokio::test]
    async fn faults_wait_after_those_of_a_group_however_many_events_the_address_may_send() {
        let rates = Arc::new(Rates::new(4_000, 40_000));
        let caller_of = |last| Caller::new(IpAddr::from([192, 0, 2, last]), rates.clone(), AppendLimits::default());
        assert!(is_over(caller_of(1).pay_for_faults(GROUP_MAX)).await);
        assert!(!is_over(caller_of(1).pay_for_faults(GROUP_MAX)).await);
        assert!(is_over(caller_of(1).take(GROUP_MAX)).await);
        assert!(is_over(caller_of(2).pay_for_faults(GROUP_MAX)).await);
    }

    #[tokio::test]
    async fn entries_that_are_read_for_events_use_the_share_of_their_address_up() {
        let rates = Arc::new(Rates::new(1, 1));
        let caller = Caller::new(IpAddr::from([192, 0, 2, 1]), rates, AppendLimits::default());
        caller.pay_for_reads(READ_AN_EVENT - 1).await;
        let burst = GROUP_MAX * FAULT_COSTS as usize;
        caller.pay_for_reads((burst - 1) * READ_AN_EVENT).await;
        assert!(caller.take_one().is_ok());
        assert!(caller.take_one().is_err());
    }
}
