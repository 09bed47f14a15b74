//! Slows down whoever does something too often: guesses tokens or passwords, or comes in.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// So many are remembered. Past that the one that was quiet for longest is forgotten.
const MAX_BUCKETS: usize = 10_000;

/// How much is borne; the words are those of guessing.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    /// Wrong guesses at once...
    pub(crate) burst: f64,
    /// ... and the time after which there may be one more.
    pub(crate) refill: Duration,
}

/// For each address.
pub(crate) const BY_ADDRESS: Limit = Limit { burst: 5.0, refill: Duration::from_secs(12) };
/// For each account, from whatever addresses. Wider, so that nobody locks others out with a few clicks; passwords are
/// long enough that one guess in half a minute does not find one.
pub(crate) const BY_ACCOUNT: Limit = Limit { burst: 10.0, refill: Duration::from_secs(30) };

/// A bucket of guesses for each key: an address, or the name of an account.
pub(crate) struct Throttle<K> {
    limit: Limit,
    buckets: HashMap<K, Bucket>,
}

/// What was left at some time; it fills up since.
#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn left(&self, limit: Limit, now: Instant) -> f64 {
        let since = now.saturating_duration_since(self.at);
        (self.left + since.as_secs_f64() / limit.refill.as_secs_f64()).min(limit.burst)
    }
}

impl<K: Clone + Eq + Hash> Throttle<K> {
    pub(crate) fn new(limit: Limit) -> Self {
        Self { limit, buckets: HashMap::new() }
    }

    /// How long `key` must wait for its next guess; `None` when it may guess now.
    pub(crate) fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let left = self.buckets.get(key).map_or(self.limit.burst, |bucket| bucket.left(self.limit, now));
        (left < 1.0).then(|| self.limit.refill.mul_f64(1.0 - left))
    }

    /// Takes one guess from `key`.
    pub(crate) fn spend(&mut self, key: &K, now: Instant) {
        if !self.buckets.contains_key(key) && self.buckets.len() >= MAX_BUCKETS {
            self.make_room(now);
        }
        let limit = self.limit;
        let bucket = self.buckets.entry(key.clone()).or_insert(Bucket { left: limit.burst, at: now });
        *bucket = Bucket { left: (bucket.left(limit, now) - 1.0).max(0.0), at: now };
    }

    /// Gives a guess back that turned out to be right.
    pub(crate) fn refund(&mut self, key: &K) {
        if let Some(bucket) = self.buckets.get_mut(key) {
            bucket.left = (bucket.left + 1.0).min(self.limit.burst);
        }
    }

    /// Forgets all guesses of `key`.
    pub(crate) fn forgive(&mut self, key: &K) {
        self.buckets.remove(key);
    }

    fn make_room(&mut self, now: Instant) {
        let limit = self.limit;
        self.buckets.retain(|_, bucket| bucket.left(limit, now) < limit.burst);
        if self.buckets.len() >= MAX_BUCKETS
            && let Some(quiet) =
                self.buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(key, _)| key.clone())
        {
            self.buckets.remove(&quiet);
        }
    }
}

/// Who counts as one: whoever has an IPv6 address usually has the whole /64 that it is in.
pub(crate) fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        origin(text.parse().unwrap())
    }

    fn by_address() -> Throttle<IpAddr> {
        Throttle::new(BY_ADDRESS)
    }

    /// Spends guesses until none is left.
    fn exhaust<K: Clone + Eq + Hash>(throttle: &mut Throttle<K>, key: &K, now: Instant) -> u32 {
        let mut count = 0;
        while throttle.wait(key, now).is_none() {
            throttle.spend(key, now);
            count += 1;
        }
        count
    }

    #[test]
    fn after_five_wrong_guesses_there_is_one_every_twelve_seconds() {
        let mut throttle = by_address();
        let (guesser, start) = (address("192.0.2.1"), Instant::now());
        assert_eq!(exhaust(&mut throttle, &guesser, start), 5);
        assert_eq!(throttle.wait(&guesser, start), Some(BY_ADDRESS.refill));
        let later = start + BY_ADDRESS.refill;
        assert_eq!(exhaust(&mut throttle, &guesser, later), 1);
        let much_later = later + BY_ADDRESS.refill * 100;
        assert_eq!(exhaust(&mut throttle, &guesser, much_later), 5, "never more than the burst");
    }

    #[test]
    fn a_right_token_costs_nothing() {
        let mut throttle = by_address();
        let (operator, now) = (address("192.0.2.1"), Instant::now());
        for _ in 0..100 {
            assert_eq!(throttle.wait(&operator, now), None);
            throttle.spend(&operator, now);
            throttle.refund(&operator);
        }
    }

    #[test]
    fn an_account_whose_password_was_reset_can_be_tried_again() {
        let mut throttle = Throttle::new(BY_ACCOUNT);
        let (ada, now) = ("ada".to_owned(), Instant::now());
        assert_eq!(exhaust(&mut throttle, &ada, now), 10);
        throttle.forgive(&ada);
        assert_eq!(exhaust(&mut throttle, &ada, now), 10);
    }

    #[test]
    fn addresses_are_counted_apart_but_not_within_one_ipv6_network() {
        let mut throttle = by_address();
        let now = Instant::now();
        exhaust(&mut throttle, &address("2001:db8:1:2::1"), now);
        assert!(throttle.wait(&address("2001:db8:1:2:ffff::9"), now).is_some());
        assert!(throttle.wait(&address("2001:db8:1:3::1"), now).is_none());
        exhaust(&mut throttle, &address("::ffff:192.0.2.7"), now);
        assert!(throttle.wait(&address("192.0.2.7"), now).is_some(), "a mapped address is the same one");
        assert!(throttle.wait(&address("192.0.2.8"), now).is_none());
    }

    #[test]
    fn a_crowd_of_guessers_does_not_fill_the_memory() {
        let mut throttle = by_address();
        let start = Instant::now();
        for i in 0..MAX_BUCKETS as u32 + 50 {
            let guesser = IpAddr::V4((0x0a00_0000 + i).into());
            throttle.spend(&guesser, start + Duration::from_micros(i.into()));
        }
        assert_eq!(throttle.buckets.len(), MAX_BUCKETS);
    }
}
