//! Helpers of the golden test: the format of the recording, playing it, and making it.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod recorder;
pub(crate) mod replay;
pub(crate) mod tape;
