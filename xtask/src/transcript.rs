//! Reads what a wasm test said from the memory it leaves behind.
//!
//! `wasm32-unknown-unknown` has no stdout: libtest and the panic handler write their lines into buffers, and the
//! write itself goes nowhere. The buffers stay in the module's linear memory, so the lines can be found there.
//! Which lines survive is up to the allocator: good for a message to people, never for deciding pass or fail.

/// What could be found in the memory of a finished or trapped test module.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Transcript {
    /// How many tests libtest counted as passed.
    pub(crate) passed: Option<usize>,
    /// The test that was running when the module stopped.
    pub(crate) running: Option<String>,
    /// The panic's place and message.
    pub(crate) panic: Option<String>,
}

impl Transcript {
    /// Searches a linear memory.
    pub(crate) fn find(memory: &[u8]) -> Self {
        let texts: Vec<&str> = printable_runs(memory).collect();
        Self {
            passed: texts.iter().rev().find_map(|text| passed_count(text)),
            running: texts.iter().rev().find_map(|text| running_test(text)),
            panic: texts.iter().find_map(|text| panic_message(text)),
        }
    }
}

/// The stretches of text in a memory.
fn printable_runs(memory: &[u8]) -> impl Iterator<Item = &str> {
    let is_text = |byte: u8| byte == b'\n' || byte == b'\t' || (byte >= b' ' && byte != 0x7f);
    memory
        .split(move |byte| !is_text(*byte))
        .flat_map(<[u8]>::utf8_chunks)
        .map(|chunk| chunk.valid())
        .filter(|text| text.len() >= "test x ... ".len())
}

/// `N` of libtest's closing `N passed; M failed; ...`.
fn passed_count(text: &str) -> Option<usize> {
    let (before, after) = text.split_once(" passed; ")?;
    after.split_once(" failed; ")?.0.parse::<usize>().ok()?;
    before.rsplit(' ').next()?.parse().ok()
}

/// The path of a test in libtest's `test path::of::test ... `, which it writes before running the test.
fn running_test(text: &str) -> Option<String> {
    let (name, _) = text.split_once("test ")?.1.split_once(" ... ")?;
    let is_path = !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || "_:".contains(char));
    is_path.then(|| name.to_owned())
}

/// Place and message of the panic handler's `thread 'main' (1) panicked at file:line:column:` and what follows.
fn panic_message(text: &str) -> Option<String> {
    let (_, message) = text.split_once("thread 'main'")?.1.split_once("panicked at ")?;
    let message = message.split("note: run with").next()?.trim();
    (!message.is_empty()).then(|| message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_test_is_named_with_its_message() {
        let memory =
            b"\0\0\nthread 'main' (1) panicked at src/orb.rs:9:55:\nthe orb went missing\n\0\0\x03\x04\
            junk\0test orb::tests::it_bounces ... hould panic ... \0Run benchmarks";
        let transcript = Transcript::find(memory);
        assert_eq!(transcript.running.as_deref(), Some("orb::tests::it_bounces"));
        assert_eq!(transcript.panic.as_deref(), Some("src/orb.rs:9:55:\nthe orb went missing"));
        assert_eq!(transcript.passed, None);
    }

    #[test]
    fn a_passed_run_is_counted() {
        let memory = b"\xff\0. 57 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out\x80";
        assert_eq!(Transcript::find(memory), Transcript { passed: Some(57), ..Transcript::default() });
    }

    #[test]
    fn the_templates_of_the_messages_are_not_taken_for_messages() {
        let memory =
            b"thread '\x03' (\x0e) panicked at \x02:\n\0\t passed; \t failed; \n ignored\0test \x05 ... \0";
        assert_eq!(Transcript::find(memory), Transcript::default());
    }
}
