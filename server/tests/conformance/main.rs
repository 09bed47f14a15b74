//! WebSocket conformance: the cases of the public suite (Autobahn), under its numbers, against a real server.
//!
//! The suite expects an echo. This server answers a `heartbeat` with its `heartbeat_ack` and what is no message with an error,
//! so that is sent, filled up to the size that a case wants. `docs/protocol.md` has a table of what passes; each group compares
//! its row with what ran.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod close;
mod extensions;
mod fragments;
mod frames;
mod handshake;
mod limits;
mod peer;
mod run;
mod utf8;
