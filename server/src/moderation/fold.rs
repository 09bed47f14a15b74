//! Words as a reader sees them rather than as they are written: case, accents, look-alikes and drawn-out letters do not
//! count.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The same letter, so many times or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The letter, folded.
    pub(super) letter: char,
    /// How often it stands there.
    pub(super) count: u32,
    /// First and last character of the text, counted from 0.
    pub(super) place: (usize, usize),
}

/// A word: letters, digits and what stands for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Its letters.
    pub(super) runs: Vec<Run>,
    /// There is more than digits in it: 455 is a number.
    has_letters: bool,
}

impl Word {
    /// First and last character of the text.
    pub(super) fn place(&self) -> Option<(usize, usize)> {
        Some((self.runs.first()?.place.0, self.runs.last()?.place.1))
    }

    /// The letters, each once.
    pub(super) fn key(&self) -> String {
        self.runs.iter().map(|run| run.letter).collect()
    }

    fn is_single_letter(&self) -> bool {
        self.place().is_some_and(|(first, last)| first == last)
    }

    fn push(&mut self, letter: char, place: usize) {
        match self.runs.last_mut() {
            Some(run) if run.letter == letter => {
                run.count += 1;
                run.place.1 = place;
            }
            _ => self.runs.push(Run { letter, count: 1, place: (place, place) }),
        }
    }

    fn append(&mut self, other: &Self) {
        for run in &other.runs {
            for _ in 0..run.count {
                self.push(run.letter, run.place.0);
            }
        }
        self.has_letters |= other.has_letters;
    }
}

/// The words of a text, numbers left out; and, behind them, those that are s-p-e-l-t.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = split(text);
    let spelt = spelt(&words);
    words.extend(spelt);
    words.retain(|word| word.has_letters);
    words
}

fn split(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut before = None;
    let mut rest = text.chars().enumerate().peekable();
    while let Some((place, c)) = rest.next() {
        let within = before.is_some_and(char::is_alphanumeric)
            && rest.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        let mut letters = false;
        let mut mark = false;
        decompose_compatible(c, |part| {
            if is_combining_mark(part) {
                mark = true;
                return;
            }
            for part in part.to_lowercase() {
                if let Some(letter) = letter(part, within) {
                    word.push(letter, place);
                    letters = true;
                }
            }
        });
        if letters {
            word.has_letters |= !c.is_ascii_digit();
        } else if !mark {
            words.push(std::mem::take(&mut word));
        }
        before = Some(c);
    }
    words.push(word);
    words.retain(|word| !word.runs.is_empty());
    words
}

/// Three letters or more with one character between each.
fn spelt(words: &[Word]) -> Vec<Word> {
    let mut found = Vec::new();
    let mut from = 0;
    while from < words.len() {
        let mut whole = words[from].clone();
        let mut count = 1;
        if whole.is_single_letter() {
            for next in &words[from + 1..] {
                let follows = whole.place().zip(next.place()).is_some_and(|(a, b)| a.1 + 2 == b.0);
                if !follows || !next.is_single_letter() {
                    break;
                }
                whole.append(next);
                count += 1;
            }
        }
        if count >= 3 {
            found.push(whole);
        }
        from += count;
    }
    found
}

/// What a small character is read as; `None` when it is no letter. `within` a word an exclamation mark is an i.
fn letter(c: char, within: bool) -> Option<char> {
    Some(match c {
        '0' | 'ο' | 'о' => 'o',
        '1' | 'l' | 'ı' | 'ι' | 'і' | 'ӏ' => 'i',
        '!' | '|' if within => 'i',
        '3' | 'ε' | 'е' | 'э' => 'e',
        '4' | '@' | 'α' | 'а' => 'a',
        '5' | '$' | 'ѕ' => 's',
        '7' | 'τ' | 'т' => 't',
        'β' | 'в' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'һ' => 'h',
        'ј' => 'j',
        'κ' | 'к' => 'k',
        'м' => 'm',
        'η' => 'n',
        'ρ' | 'р' => 'p',
        'υ' => 'u',
        'ν' | 'ѵ' => 'v',
        'ω' | 'ԝ' => 'w',
        'χ' | 'х' => 'x',
        'у' | 'γ' => 'y',
        'ø' => 'o',
        c if c.is_alphanumeric() => c,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let found: Vec<String> = words(text).iter().map(Word::key).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        check("HeLLo", &["heio"]);
        check("h3110", &["heio"]);
        check("ｈｅｌｌｏ", &["heio"]);
        check("𝓱𝓮𝓵𝓵𝓸 𝕙𝕖𝕝𝕝𝕠", &["heio", "heio"]);
        check("he\u{301}ll\u{336}o", &["heio"]);
        check("ɦ не11о", &["ɦ", "нeio"]);
    }

    #[test]
    fn symbols_are_letters_only_where_they_are_read_as_such() {
        check("p@$$", &["pas"]);
        check("h!t me!", &["hit", "me"]);
        check("455 4-55 a55", &["as"]);
    }

    #[test]
    fn letters_one_by_one_are_a_word_too() {
        check("w o r d", &["w", "o", "r", "d", "word"]);
        check("w.o.r.d!", &["w", "o", "r", "d", "word"]);
        check("a b", &["a", "b"]);
        check("w  o  r  d", &["w", "o", "r", "d"]);
    }
}
