//! The list of words that nobody should read: made ready once, asked for every name and every line of chat.

use std::borrow::Cow;
use std::collections::HashMap;

use super::fold::{self, Run, Word};

/// Longest list, bytes.
pub const MAX_LIST_BYTES: usize = 64 * 1024;
/// Most words of a list.
pub const MAX_WORDS: usize = 4_000;
/// A word has at least so many letters: one would hide half of what is said.
const MIN_LETTERS: u32 = 2;
/// Longest word of a list, characters.
const MAX_WORD_CHARS: usize = 60;

/// The list that a server begins with.
pub const DEFAULT: &str = include_str!("default_words.txt");

/// Why a list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordListError {
    /// All of it.
    #[error("the list is too long: at most {MAX_WORDS} words and {MAX_LIST_BYTES} bytes")]
    TooLong,
    /// One line.
    #[error("line {line}: {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A list, ready to be asked.
#[derive(Debug, Default)]
pub struct WordList {
    /// Whole words by their letters.
    whole: HashMap<String, Vec<Pattern>>,
    /// Words with an open end, or two.
    open: Vec<Pattern>,
    count: usize,
}

/// One line of a list.
#[derive(Debug)]
struct Pattern {
    runs: Vec<Run>,
    /// Anything may stand before it.
    open_start: bool,
    /// Anything may stand behind it.
    open_end: bool,
}

impl WordList {
    /// Reads a list: one word a line, `*` at its beginning or end for anything. Lines that begin with `#` are notes.
    ///
    /// # Errors
    /// [`WordListError`], with the line.
    pub fn parse(text: &str) -> Result<Self, WordListError> {
        if text.len() > MAX_LIST_BYTES {
            return Err(WordListError::TooLong);
        }
        let mut list = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let pattern =
                Pattern::parse(line).map_err(|what| WordListError::Line { line: index + 1, what })?;
            list.count += 1;
            if pattern.open_start || pattern.open_end {
                list.open.push(pattern);
            } else {
                let key = pattern.runs.iter().map(|run| run.letter).collect();
                list.whole.entry(key).or_default().push(pattern);
            }
        }
        if list.count > MAX_WORDS { Err(WordListError::TooLong) } else { Ok(list) }
    }

    /// How many words are on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// No word is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A word of the list is in `text`.
    #[must_use]
    pub fn hits(&self, text: &str) -> bool {
        !self.is_empty() && fold::words(text).iter().any(|word| self.find(word).next().is_some())
    }

    /// `text` with asterisks in the place of every character of what is on the list.
    #[must_use]
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_empty() {
            return Cow::Borrowed(text);
        }
        let words = fold::words(text);
        let places: Vec<(usize, usize)> = words.iter().flat_map(|word| self.find(word)).collect();
        if places.is_empty() {
            return Cow::Borrowed(text);
        }
        let hidden = |index: usize| places.iter().any(|(first, last)| (*first..=*last).contains(&index));
        text.chars().enumerate().map(|(index, c)| if hidden(index) { '*' } else { c }).collect()
    }

    /// What has to be hidden of a word: first and last character of the text.
    fn find<'a>(&'a self, word: &'a Word) -> impl Iterator<Item = (usize, usize)> + 'a {
        let whole = self.whole.get(&word.key()).into_iter().flatten();
        whole.chain(&self.open).flat_map(|pattern| pattern.find(word))
    }
}

impl Pattern {
    fn parse(line: &str) -> Result<Self, &'static str> {
        if line.chars().count() > MAX_WORD_CHARS {
            return Err("a word has at most 60 characters");
        }
        let (open_start, core) = line.strip_prefix('*').map_or((false, line), |core| (true, core));
        let (open_end, core) = core.strip_suffix('*').map_or((false, core), |core| (true, core));
        let mut words = fold::words(core);
        let [word] = &mut words[..] else {
            return Err("write one word, with * at its beginning or end if anything may stand there");
        };
        let whole = word.place() == Some((0, core.chars().count() - 1));
        if !whole {
            return Err("write letters and digits only, with * at the beginning or end");
        }
        let runs = std::mem::take(&mut word.runs);
        if runs.iter().map(|run| run.count).sum::<u32>() < MIN_LETTERS {
            return Err("a word has at least two letters");
        }
        // Written without spaces, such a word may stand anywhere.
        let unspaced = core.chars().any(is_unspaced);
        Ok(Self { runs, open_start: open_start || unspaced, open_end: open_end || unspaced })
    }

    /// Every place where it stands in a word. What is open at one side only hides the whole word.
    fn find<'a>(&'a self, word: &'a Word) -> impl Iterator<Item = (usize, usize)> + 'a {
        let (own, runs) = (self.runs.len(), &word.runs);
        let starts = match (self.open_start, self.open_end, runs.len().checked_sub(own)) {
            (false, false, Some(0)) | (false, true, Some(_)) => 0..1,
            (true, false, Some(last)) => last..last + 1,
            (true, true, Some(last)) => 0..last + 1,
            (false, false, Some(_)) | (_, _, None) => 0..0,
        };
        let fits = move |at: &usize| {
            let pairs = self.runs.iter().zip(&runs[*at..]);
            pairs.into_iter().all(|(own, other)| own.letter == other.letter && own.count <= other.count)
        };
        starts.filter(fits).filter_map(move |at| {
            let anywhere = self.open_start && self.open_end;
            if anywhere { Some((runs[at].place.0, runs[at + own - 1].place.1)) } else { word.place() }
        })
    }
}

/// Of a script that puts no spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a list of one harmless word in four forms.
    #[track_caller]
    fn check(line: &str, text: &str, expect: &str) {
        let list = WordList::parse(line).unwrap();
        assert_eq!(list.mask(text), expect, "{line}: {text}");
        assert_eq!(list.hits(text), text != expect, "{line}: {text}");
        assert_eq!(list.mask(text).chars().count(), text.chars().count(), "{line}: {text}");
    }

    #[test]
    fn a_word_is_hidden_however_it_is_written() {
        for (text, expect) in [
            ("you turnip", "you ******"),
            ("TURNIP!", "******!"),
            ("turn1p, tuuuurnnip and TVRNIP", "******, ********** and TVRNIP"),
            ("t.u.r.n.i.p or t u r n i p", "*********** or ***********"),
            ("turn|p turn!p!", "****** ******!"),
            ("ｔｕｒｎｉｐ τurnip", "****** ******"),
            ("t\u{301}urni\u{302}p.", "********."),
            ("nothing here", "nothing here"),
        ] {
            check("turnip", text, expect);
        }
    }

    #[test]
    fn a_word_inside_of_another_one_is_fine() {
        check("thorpe", "Scunthorpe", "Scunthorpe");
        check("cunt", "Scunthorpe", "Scunthorpe");
        check("ass", "class, assume, as, ASS, a55, a$$", "class, assume, as, ***, ***, ***");
        check("turnip", "turnips saturnip", "turnips saturnip");
    }

    #[test]
    fn letters_that_stand_twice_must_stand_twice() {
        check("ass", "as was said", "as was said");
        check("hell", "hel hell helllll", "hel **** *******");
        check("poop", "pop poop pooooop", "pop **** *******");
    }

    #[test]
    fn asterisks_open_a_word() {
        check("turnip*", "turnips turnip saturnip", "******* ****** saturnip");
        check("*turnip", "turnips turnip saturnip", "turnips ****** ********");
        check("*turnip*", "saturnipped", "sa*******ed");
        check("*turnip*", "turnip-and-turnip", "******-and-******");
    }

    #[test]
    fn numbers_are_no_words() {
        check("ass", "455 points, 4-5-5", "455 points, 4-5-5");
        check("*ol*", "1001 or 2024", "1001 or 2024");
    }

    #[test]
    fn words_of_scripts_without_spaces_are_found_anywhere() {
        check("萝卜", "你这个萝卜啊", "你这个**啊");
        check("萝卜", "萝卜你萝卜", "**你**");
        check("萝卜", "萝 卜", "萝 卜");
    }

    #[test]
    fn notes_and_empty_lines_are_no_words() {
        let list = WordList::parse("# turnip\n\n  beet  \n").unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list.mask("turnip beet"), "turnip ****");
        assert!(WordList::parse("").unwrap().is_empty());
    }

    #[test]
    fn a_line_that_is_no_word_is_named() {
        let long = format!("beet\n{}", "x".repeat(61));
        for (text, line) in [
            ("beet\ntwo words", 2),
            ("*", 1),
            ("**", 1),
            ("a", 1),
            ("tu*rnip", 1),
            ("123", 1),
            ("-beet-", 1),
            (&long, 2),
        ] {
            let error = WordList::parse(text).unwrap_err();
            assert!(
                matches!(error, WordListError::Line { line: found, .. } if found == line),
                "{text}: {error}"
            );
        }
        assert_eq!(WordList::parse(&"beet\n".repeat(MAX_WORDS + 1)).unwrap_err(), WordListError::TooLong);
    }

    #[test]
    fn the_list_that_is_shipped_is_short_and_leaves_harmless_words_alone() {
        let list = WordList::parse(DEFAULT).unwrap();
        assert!((5..60).contains(&list.len()), "{}", list.len());
        let harmless = "Scunthorpe class assassin shiitake cockpit Dickens analysis bitten shift scrap hello hi Essex \
                        pass the peacock, 455 kills, as is, nigeria, matsushita, 草地 妈妈 逼近";
        assert_eq!(list.mask(harmless), harmless);
        assert!(list.hits("what a b1tch") && list.hits("FUUUCK") && list.hits("你是傻逼"));
    }
}
