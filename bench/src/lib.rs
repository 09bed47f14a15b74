//! Our server and others that do the same job, measured in the same way by the same crowd.
//!
//! The job: N players in one fight, each makes ten moves a second, and everybody sees everybody. [`contest`] lets the
//! servers of [`peers`] take turns, so that what else the machine does meets all of them; [`table`] and [`chart`] show what
//! came of it. [`scale`] looks only at our own server, and finds out how far it goes.

pub mod chart;
pub mod contest;
pub mod dialects;
pub mod install;
pub mod page;
pub mod peers;
pub mod process;
pub mod scale;
pub mod switching;
pub mod table;
