//! What the operating system is asked: the time, the processor time that was used, and how many files may be open.

use std::time::Duration;

/// A moment of the machine's monotonic clock. All processes of one machine share it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    ns: u64,
}

impl Moment {
    /// Right now.
    #[must_use]
    pub fn now() -> Self {
        Self { ns: clock::monotonic_ns() }
    }

    /// The moment at which the clock shows `ns` nanoseconds.
    #[must_use]
    pub fn from_nanos(ns: u64) -> Self {
        Self { ns }
    }

    /// What the clock shows, nanoseconds.
    #[must_use]
    pub fn as_nanos(self) -> u64 {
        self.ns
    }

    /// What the clock shows, milliseconds.
    #[must_use]
    pub fn as_millis(self) -> f64 {
        self.ns as f64 / 1e6
    }

    /// Later by `duration`.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self { ns: self.ns.saturating_add(duration.as_nanos() as u64) }
    }

    /// The time since `earlier`; zero when that is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.ns.saturating_sub(earlier.ns))
    }
}

/// Processor time that the calling thread has used; `None` where the system does not say.
#[must_use]
pub fn thread_cpu() -> Option<Duration> {
    clock::thread_cpu()
}

/// Processor time that this process has used; `None` where the system does not say.
#[must_use]
pub fn process_cpu() -> Option<Duration> {
    clock::process_cpu()
}

/// Memory of a process that is in RAM, bytes; `None` where the system does not say.
#[must_use]
pub fn resident_memory(process: u32) -> Option<u64> {
    resident_of(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

/// `VmRSS` in a /proc/PID/status, which counts it in KiB.
fn resident_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1_024)
}

/// Allows as many open files as the system lets us have, and says how many; `None` when there is no limit, or it is
/// not known.
pub fn raise_file_limit() -> Option<u64> {
    clock::raise_file_limit()
}

#[cfg(unix)]
mod clock {
    use std::time::Duration;

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};

    fn read(clock: ClockId) -> Duration {
        let time = clock_gettime(clock);
        Duration::new(time.tv_sec.max(0) as u64, time.tv_nsec.max(0) as u32)
    }

    pub(super) fn monotonic_ns() -> u64 {
        read(ClockId::Monotonic).as_nanos() as u64
    }

    pub(super) fn thread_cpu() -> Option<Duration> {
        Some(read(ClockId::ThreadCPUTime))
    }

    pub(super) fn process_cpu() -> Option<Duration> {
        Some(read(ClockId::ProcessCPUTime))
    }

    pub(super) fn raise_file_limit() -> Option<u64> {
        let now = getrlimit(Resource::Nofile);
        let wanted = Rlimit { current: now.maximum, maximum: now.maximum };
        match setrlimit(Resource::Nofile, wanted) {
            Ok(()) => now.maximum,
            Err(_) => now.current,
        }
    }
}

#[cfg(not(unix))]
mod clock {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub(super) fn monotonic_ns() -> u64 {
        EPOCH.elapsed().as_nanos() as u64
    }

    pub(super) fn thread_cpu() -> Option<Duration> {
        None
    }

    pub(super) fn process_cpu() -> Option<Duration> {
        None
    }

    pub(super) fn raise_file_limit() -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_in_bytes_and_unknown_of_a_process_that_is_gone() {
        assert_eq!(resident_of("Name:\tx\nVmHWM:\t  900 kB\nVmRSS:\t  512 kB\n"), Some(524_288));
        assert_eq!(resident_of("Name:\tx\n"), None);
        assert_eq!(resident_memory(u32::MAX), None);
    }

    #[test]
    fn moments_are_ordered_and_their_distance_never_negative() {
        let (early, late) = (Moment::from_nanos(1_000), Moment::from_nanos(5_000));
        assert_eq!(late.since(early), Duration::from_nanos(4_000));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(early.plus(Duration::from_nanos(4_000)), late);
        assert!(Moment::now() >= Moment::from_nanos(0));
    }
}
