//! What turns one file into another, in the format of `bsdiff` without its header.
//!
//! A patch is a list of steps: how many bytes to add to what was there (u64), how many to take over (u64), how far to go on
//! in the old file after that (i64, sign and magnitude; all little endian), then the bytes to add and those to take over.

use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;

use crate::assets::Served;
use crate::assets::files::compress;

/// Longest file that a delta is made for, bytes: making one takes 20 times its memory.
const MAX_SIZE: usize = 8 << 20;
/// Shorter ones are sent whole, bytes.
const MIN_SIZE: usize = 2_048;
/// A delta is offered when it is smaller than this share of the whole file, both compressed.
const WORTH_IT: f64 = 0.6;

/// A patch, ready to be sent.
pub(super) struct Delta(Served);

impl Delta {
    /// From `old` to `new`; `None` when that is not worth it. `whole` is what sending `new` would cost, bytes.
    pub(super) fn make(old: &[u8], new: &[u8], whole: u64) -> Option<Self> {
        if old.len() > MAX_SIZE || new.len() > MAX_SIZE || new.len() < MIN_SIZE {
            return None;
        }
        let mut patch = Vec::new();
        bsdiff::diff(old, new, &mut patch).ok()?;
        if apply(old, &patch)? != new {
            tracing::error!("a delta does not lead to the file that it was made for");
            return None;
        }
        let packed = compress(&patch)?;
        let delta = Served::new("application/octet-stream", Bytes::from(patch), Some(Bytes::from(packed)));
        (delta.transfer() as f64 <= WORTH_IT * whole as f64).then_some(Self(delta))
    }

    pub(super) fn transfer(&self) -> u64 {
        self.0.transfer()
    }

    pub(super) fn respond(&self, request: &HeaderMap) -> Response {
        self.0.respond(request, true)
    }
}

fn apply(old: &[u8], patch: &[u8]) -> Option<Vec<u8>> {
    let mut new = Vec::new();
    bsdiff::patch(old, &mut &*patch, &mut new).ok()?;
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that do not compress.
    fn noise(seed: u32, length: usize) -> Vec<u8> {
        let mut state = seed;
        (0..length)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn a_small_change_is_a_small_delta() {
        let old = noise(1, 50_000);
        let mut new = old.clone();
        new.splice(20_000..20_010, *b"something longer than before");
        let delta = Delta::make(&old, &new, 50_000).expect("worth it");
        assert!(delta.transfer() < 500, "{} bytes", delta.transfer());
    }

    #[test]
    fn a_delta_of_more_than_three_fifths_of_the_whole_is_not_offered() {
        let old = noise(1, 50_000);
        for (kept, offered) in [(25_000, true), (15_000, false), (0, false)] {
            let mut new = noise(2, 50_000);
            new[..kept].copy_from_slice(&old[..kept]);
            assert_eq!(Delta::make(&old, &new, 50_000).is_some(), offered, "{kept} bytes are the same");
        }
    }

    #[test]
    fn short_and_huge_files_are_sent_whole() {
        let short = noise(1, MIN_SIZE - 1);
        assert!(Delta::make(&short, &short, MIN_SIZE as u64).is_none());
        let huge = vec![0; MAX_SIZE + 1];
        assert!(Delta::make(&huge, &huge, MAX_SIZE as u64).is_none());
    }
}
