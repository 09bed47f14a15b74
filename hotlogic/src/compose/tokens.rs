//! A script as words and signs, with their places: just enough to find names. Comments, strings and white space are left out.

use std::ops::Range;

/// A word or a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Byte offset in the script.
    pub(super) at: usize,
    pub(super) is_name: bool,
}

impl Token<'_> {
    pub(super) fn range(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }
}

/// The tokens of a script that the parser has accepted.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        let length = skipped(rest).unwrap_or_else(|| {
            let length = word(rest).unwrap_or(c.len_utf8());
            let is_name = c.is_alphabetic() || c == '_';
            found.push(Token { text: &rest[..length], at, is_name });
            length
        });
        at += length;
    }
    found
}

/// Bytes of white space, a comment or a string at the beginning of `rest`.
fn skipped(rest: &str) -> Option<usize> {
    let first = rest.chars().next()?;
    if first.is_whitespace() {
        return Some(first.len_utf8());
    }
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    let hashes = rest.bytes().take_while(|byte| *byte == b'#').count();
    if hashes > 0 && rest[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let body = hashes + 1;
        return Some(rest[body..].find(&end).map_or(rest.len(), |found| body + found + end.len()));
    }
    matches!(first, '"' | '\'' | '`').then(|| quoted(rest, first))
}

/// Comments may hold comments.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let step = match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => {
                depth += 1;
                2
            }
            Some(b"*/") => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// Bytes of a name or a number at the beginning of `rest`.
fn word(rest: &str) -> Option<usize> {
    let first = rest.chars().next().filter(|c| c.is_alphanumeric() || *c == '_')?;
    let mut length = 0;
    for (at, c) in rest.char_indices() {
        let fraction = c == '.' && first.is_ascii_digit() && {
            rest[at + 1..].starts_with(|next: char| next.is_ascii_digit())
        };
        if !(c.is_alphanumeric() || c == '_' || fraction) {
            break;
        }
        length = at + c.len_utf8();
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expect: &[&str]) {
        let found: Vec<&str> = tokens(source).into_iter().map(|token| token.text).collect();
        assert_eq!(found, expect, "{source}");
    }

    #[test]
    fn names_numbers_and_signs_are_found() {
        check("vx*0.5+a_1", &["vx", "*", "0.5", "+", "a_1"]);
        check("for n in 0..5 {}", &["for", "n", "in", "0", ".", ".", "5", "{", "}"]);
        check("#{ a: 1 }", &["#", "{", "a", ":", "1", "}"]);
    }

    #[test]
    fn what_stands_in_comments_and_strings_is_no_name() {
        check("a // strike()\nb", &["a", "b"]);
        check("a /* x /* strike */ y */ b", &["a", "b"]);
        check(r#"a "strike \" (" b"#, &["a", "b"]);
        check("a `strike` 'x' '\\'' b", &["a", "b"]);
        check("a ##\"strike \"# x\"## b", &["a", "b"]);
        check("a /* never closed", &["a"]);
        check("a \"never closed", &["a"]);
        check("雪 // ü\n雨", &["雪", "雨"]);
    }
}
