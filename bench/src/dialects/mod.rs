//! How players talk with the other servers. Whatever these send about time is in milliseconds of the machine's monotonic
//! clock, which all processes of one machine share.
//!
//! When a state of the fight was meant to be depends on the family. A server that passes *moves* on echoes when the move
//! was due at its sender. A server that sends *snapshots* says when the snapshot was due.

pub mod colyseus;
pub mod floor;
pub mod json;
pub mod socketio;

use swarm::system::Moment;

/// A time of the other side.
fn moment(ms: f64) -> Option<Moment> {
    (ms.is_finite() && ms > 0.0).then(|| Moment::from_nanos((ms * 1e6) as u64))
}

/// The number that follows `key` in JSON, looked for from the front.
fn number_after(json: &[u8], key: &[u8]) -> Option<f64> {
    let at = json.windows(key.len()).position(|window| window == key)? + key.len();
    let is_number = |byte: &&u8| byte.is_ascii_digit() || b".-+eE".contains(byte);
    let digits = json[at..].iter().take_while(is_number).count();
    std::str::from_utf8(&json[at..at + digits]).ok()?.parse().ok()
}

/// Where a player is at a turn: somewhere else each time, in the arena of the game.
#[derive(Clone, Copy, Debug)]
struct Walk {
    state: u32,
}

impl Walk {
    fn new(number: u32) -> Self {
        Self { state: number.wrapping_mul(2_654_435_761) | 1 }
    }

    fn next(&mut self) -> (f32, f32) {
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (x, y) = (self.state >> 20, self.state >> 8 & 0xFFF);
        (x as f32 * 1_600.0 / 4_096.0, y as f32 * 1_000.0 / 4_096.0)
    }

    /// The next move as the JSON that all peers take; `t` is when it was due.
    fn json(&mut self, due: Moment) -> String {
        let (x, y) = self.next();
        format!(r#"{{"x":{x:.2},"y":{y:.2},"t":{:.3}}}"#, due.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_says_where_and_when() {
        let mut walk = Walk::new(7);
        let json = walk.json(Moment::from_nanos(1_234_567_890));
        assert_eq!(number_after(json.as_bytes(), br#""t":"#), Some(1_234.568));
        let x = number_after(json.as_bytes(), br#""x":"#).unwrap();
        assert!((0.0..=1_600.0).contains(&x), "{x}");
        assert_ne!(walk.next(), walk.next());
    }

    #[test]
    fn what_is_no_number_is_none() {
        assert_eq!(number_after(br#"{"t":"soon"}"#, br#""t":"#), None);
        assert_eq!(number_after(br#"{"t":1.5e3}"#, br#""t":"#), Some(1_500.0));
        assert_eq!(number_after(b"", br#""t":"#), None);
        assert!(moment(f64::NAN).is_none() && moment(2.0).is_some());
    }
}
