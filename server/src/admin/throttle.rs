//! Slows down whoever guesses tokens.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Wrong tokens that an address may try at once...
const BURST: f64 = 5.0;
/// ... and the time after which it may try one more.
const REFILL: Duration = Duration::from_secs(12);
/// So many addresses are remembered. Past that the one that was quiet for longest is forgotten.
const MAX_ADDRESSES: usize = 10_000;

/// A bucket of guesses for each address.
#[derive(Default)]
pub(super) struct Throttle {
    buckets: HashMap<IpAddr, Bucket>,
}

/// What an address had left at some time; it fills up since.
#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn left(&self, now: Instant) -> f64 {
        let since = now.saturating_duration_since(self.at);
        (self.left + since.as_secs_f64() / REFILL.as_secs_f64()).min(BURST)
    }
}

impl Throttle {
    /// How long `address` must wait for its next guess; `None` when it may guess now.
    pub(super) fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let left = self.buckets.get(&origin(address)).map_or(BURST, |bucket| bucket.left(now));
        (left < 1.0).then(|| REFILL.mul_f64(1.0 - left))
    }

    /// Takes one guess from `address`.
    pub(super) fn spend(&mut self, address: IpAddr, now: Instant) {
        let address = origin(address);
        if !self.buckets.contains_key(&address) && self.buckets.len() >= MAX_ADDRESSES {
            self.make_room(now);
        }
        let bucket = self.buckets.entry(address).or_insert(Bucket { left: BURST, at: now });
        *bucket = Bucket { left: (bucket.left(now) - 1.0).max(0.0), at: now };
    }

    /// Gives a guess back that turned out to be the right token.
    pub(super) fn refund(&mut self, address: IpAddr) {
        if let Some(bucket) = self.buckets.get_mut(&origin(address)) {
            bucket.left = (bucket.left + 1.0).min(BURST);
        }
    }

    fn make_room(&mut self, now: Instant) {
        self.buckets.retain(|_, bucket| bucket.left(now) < BURST);
        if self.buckets.len() >= MAX_ADDRESSES
            && let Some(quiet) = self.buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(key, _)| *key)
        {
            self.buckets.remove(&quiet);
        }
    }
}

/// Whoever has an IPv6 address usually has the whole /64 that it is in.
fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Spends guesses until none is left.
    fn exhaust(throttle: &mut Throttle, address: IpAddr, now: Instant) -> u32 {
        let mut count = 0;
        while throttle.wait(address, now).is_none() {
            throttle.spend(address, now);
            count += 1;
        }
        count
    }

    #[test]
    fn after_five_wrong_guesses_there_is_one_every_twelve_seconds() {
        let mut throttle = Throttle::default();
        let (guesser, start) = (address("192.0.2.1"), Instant::now());
        assert_eq!(exhaust(&mut throttle, guesser, start), 5);
        assert_eq!(throttle.wait(guesser, start), Some(REFILL));
        let later = start + REFILL;
        assert_eq!(exhaust(&mut throttle, guesser, later), 1);
        assert_eq!(exhaust(&mut throttle, guesser, later + REFILL * 100), 5, "never more than the burst");
    }

    #[test]
    fn a_right_token_costs_nothing() {
        let mut throttle = Throttle::default();
        let (operator, now) = (address("192.0.2.1"), Instant::now());
        for _ in 0..100 {
            assert_eq!(throttle.wait(operator, now), None);
            throttle.spend(operator, now);
            throttle.refund(operator);
        }
    }

    #[test]
    fn addresses_are_counted_apart_but_not_within_one_ipv6_network() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        exhaust(&mut throttle, address("2001:db8:1:2::1"), now);
        assert!(throttle.wait(address("2001:db8:1:2:ffff::9"), now).is_some());
        assert!(throttle.wait(address("2001:db8:1:3::1"), now).is_none());
        exhaust(&mut throttle, address("::ffff:192.0.2.7"), now);
        assert!(throttle.wait(address("192.0.2.7"), now).is_some(), "a mapped address is the same one");
        assert!(throttle.wait(address("192.0.2.8"), now).is_none());
    }

    #[test]
    fn a_crowd_of_guessers_does_not_fill_the_memory() {
        let mut throttle = Throttle::default();
        let start = Instant::now();
        for i in 0..MAX_ADDRESSES as u32 + 50 {
            throttle.spend(IpAddr::V4((0x0a00_0000 + i).into()), start + Duration::from_micros(i.into()));
        }
        assert_eq!(throttle.buckets.len(), MAX_ADDRESSES);
    }
}
