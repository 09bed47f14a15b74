//! Messages for one player, in one piece of memory that is used again for the next.

/// Whole messages, in the order in which they are sent.
#[derive(Clone, Debug, Default)]
pub struct Parcel {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Parcel {
    /// Takes all messages out; keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// No messages.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all messages.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Appends a message.
    pub fn push(&mut self, message: &[u8]) {
        self.write(|bytes| bytes.extend_from_slice(message));
    }

    /// Appends a message that `write` appends to what it is given.
    pub fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// Appends all messages of `other`.
    pub fn append(&mut self, other: &Self) {
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| offset + end));
    }

    /// Takes out the message that was appended last.
    pub fn pop(&mut self) {
        self.ends.pop();
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// The messages, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in() {
        let mut parcel = Parcel::default();
        parcel.push(b"one");
        let mut other = Parcel::default();
        other.push(b"two");
        other.push(b"");
        parcel.append(&other);
        parcel.write(|bytes| bytes.extend_from_slice(b"four"));
        assert_eq!(parcel.iter().collect::<Vec<_>>(), [&b"one"[..], b"two", b"", b"four"]);
        parcel.pop();
        assert_eq!((parcel.len(), parcel.bytes()), (3, 6));
    }
}
