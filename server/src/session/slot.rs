//! The way from a room to a session: none. The room writes what it has into the session's [`Line`] by itself.

use std::sync::Arc;

use protocol::CloseCode;

use crate::room::{Offer, Outbox, Parcel};
use crate::transport::Line;
use crate::transport::line::Posted;

/// The room's end of a line.
struct LineOutbox(Arc<Line>);

/// The room's end of `line`. A room that drops it without a word ends the connection.
#[must_use]
pub fn outbox(line: &Arc<Line>) -> Box<dyn Outbox> {
    Box::new(LineOutbox(Arc::clone(line)))
}

impl Outbox for LineOutbox {
    fn offer(&mut self, parcel: &Parcel) -> Offer {
        match self.0.post(parcel.iter()) {
            Posted::Taken => Offer::Taken,
            Posted::Full => Offer::Full,
            Posted::Gone => Offer::Gone,
        }
    }

    fn close(self: Box<Self>, code: CloseCode) {
        self.0.end(code);
    }
}

impl Drop for LineOutbox {
    fn drop(&mut self) {
        self.0.end(CloseCode::Internal);
    }
}
