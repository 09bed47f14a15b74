//! From places in a composed script back to the card.

use crate::error::ScriptError;

/// Rules and a card in one script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The text: fit for [`RhaiRules::compile`](crate::RhaiRules::compile), named by its hash.
    pub script: String,
    /// Lines before the first one of the card.
    pub(super) lines_before: u32,
    /// Lines of the card.
    pub(super) lines: u32,
    pub(super) moved: Vec<Moved>,
}

/// A name of the card that has become longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    /// Where it stands in the card, from 1.
    pub(super) line: u32,
    pub(super) column: u32,
    /// By so many characters.
    pub(super) by: u32,
}

impl Composed {
    /// What is wrong with the composed script, in words and at a place of the card. What goes wrong in the rules' own part is
    /// shown at the card's beginning.
    #[must_use]
    pub fn locate(&self, error: ScriptError) -> ScriptError {
        let message = error.message.replace("`card_", "`").replace("`rules_", "`");
        let line = error.line.unwrap_or(1);
        let in_card = line.checked_sub(self.lines_before).filter(|line| (1..=self.lines).contains(line));
        let Some(line) = in_card else {
            let place = if line > self.lines_before { String::new() } else { format!(", line {line}") };
            let message = format!("{message} (in the rules that it changes{place})");
            return ScriptError { message, line: Some(1), column: Some(1) };
        };
        let mut column = error.column.unwrap_or(1);
        for moved in self.moved.iter().filter(|moved| moved.line == line) {
            if moved.column < column {
                column -= moved.by.min(column - moved.column);
            }
        }
        ScriptError { message, line: Some(line), column: Some(column) }
    }
}
