//! How quickly a hook is answered.

use crate::ScriptError;

/// Who answers a hook. All give the same answers; they differ in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The game itself: the script leaves the hook out. The quickest.
    Native,
    /// The script, compiled: some nanoseconds a call.
    Compiled,
    /// The script, interpreted: some microseconds a call. Says what keeps it from being compiled, and where.
    Interpreted(ScriptError),
}

impl Pace {
    /// In one word: `native`, `compiled` or `interpreted`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Compiled => "compiled",
            Self::Interpreted(_) => "interpreted",
        }
    }
}
