//! How much of anything a peer may send.

/// Longest message from a client, bytes. The longest legal one is a `chat` in JSON with every character escaped.
pub const MAX_CLIENT_MESSAGE: usize = 4 * 1024;
/// Longest message from the server, bytes: a keyframe of a full room in JSON.
pub const MAX_SERVER_MESSAGE: usize = 4 * 1024 * 1024;
/// Longest binary frame with several messages, bytes. A message takes one at least, so this also bounds how many there are.
pub const MAX_MESSAGES_FRAME: usize = 256 * 1024;
/// Longest player name, characters after trimming.
pub const MAX_NAME_CHARS: usize = 20;
/// Longest chat line, characters.
pub const MAX_CHAT_CHARS: usize = 200;
/// Longest resume token, bytes.
pub const MAX_TOKEN_BYTES: usize = 64;
/// Longest error text in an `ack_update`, characters; the rest is cut.
pub const MAX_ACK_ERROR_CHARS: usize = 500;

/// Shortest code of a private room, characters.
pub const MIN_ROOM_CODE_CHARS: usize = 4;
/// Longest code of a private room, characters.
pub const MAX_ROOM_CODE_CHARS: usize = 12;

/// The code of a private room as everybody writes it: lower-case letters, digits and dashes, a letter first. `None` when it
/// is none.
#[must_use]
pub fn clean_room_code(code: &str) -> Option<String> {
    let code = code.trim().to_ascii_lowercase();
    let fits = (MIN_ROOM_CODE_CHARS..=MAX_ROOM_CODE_CHARS).contains(&code.len())
        && code.starts_with(|c: char| c.is_ascii_lowercase())
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    fits.then_some(code)
}

/// Looks that players can choose from.
pub const SKINS: u8 = 12;

/// Marks that may sit on one character: two are the most that any living language needs. More are a tower that covers the
/// lines above.
const MAX_MARKS: usize = 2;

/// Makes a name fit to be shown: as [`clean_text`], cut to [`MAX_NAME_CHARS`]. `None` when nothing is left.
#[must_use]
pub fn clean_name(name: &str) -> Option<String> {
    let cleaned = clean_text(name, MAX_NAME_CHARS);
    (!cleaned.is_empty()).then_some(cleaned)
}

/// Makes a line of text fit to be shown: control, direction-changing and invisible characters out, towers of marks taken
/// down, white space folded and trimmed, cut to `max_chars`.
#[must_use]
pub fn clean_text(text: &str, max_chars: usize) -> String {
    let mut cleaned = String::new();
    let mut count = 0;
    let mut pending_space = false;
    // A mark without a character to sit on would sit on whatever stands before the text.
    let mut marks = MAX_MARKS;
    for c in text.chars() {
        if c.is_whitespace() || is_blank(c) {
            pending_space = !cleaned.is_empty();
            marks = MAX_MARKS;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if is_mark(c) {
            if marks == MAX_MARKS {
                continue;
            }
            marks += 1;
        } else {
            marks = 0;
        }
        let needed = if pending_space { 2 } else { 1 };
        if count + needed > max_chars {
            break;
        }
        if std::mem::take(&mut pending_space) {
            cleaned.push(' ');
        }
        cleaned.push(c);
        count += needed;
    }
    cleaned
}

/// Control characters, zero-width characters, Unicode's explicit direction marks, overrides and isolates (UAX #9), what
/// else has no shape of its own (`Default_Ignorable_Code_Point`), and characters for private use.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

/// Letters that are drawn as nothing, but take up room.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

/// Marks that are drawn over, under or around the character before: accents, points of Arabic and Hebrew, vowels and tones
/// of India, Thailand and Tibet, variation selectors.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05bd}' | '\u{05bf}'
        | '\u{05c1}'..='\u{05c2}' | '\u{05c4}'..='\u{05c5}' | '\u{05c7}' | '\u{0610}'..='\u{061a}'
        | '\u{064b}'..='\u{065f}' | '\u{0670}' | '\u{06d6}'..='\u{06dc}' | '\u{06df}'..='\u{06e4}'
        | '\u{06e7}'..='\u{06e8}' | '\u{06ea}'..='\u{06ed}' | '\u{0711}' | '\u{0730}'..='\u{074a}'
        | '\u{07eb}'..='\u{07f3}' | '\u{0898}'..='\u{0902}' | '\u{093a}' | '\u{093c}' | '\u{0941}'..='\u{0948}'
        | '\u{094d}' | '\u{0951}'..='\u{0957}' | '\u{0962}'..='\u{0963}' | '\u{0e31}' | '\u{0e34}'..='\u{0e3a}'
        | '\u{0e47}'..='\u{0e4e}' | '\u{0eb1}' | '\u{0eb4}'..='\u{0ebc}' | '\u{0ec8}'..='\u{0ece}'
        | '\u{0f18}'..='\u{0f19}' | '\u{0f35}' | '\u{0f37}' | '\u{0f39}' | '\u{0f71}'..='\u{0f7e}'
        | '\u{0f80}'..='\u{0f84}' | '\u{0f8d}'..='\u{0fbc}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{2cef}'..='\u{2cf1}' | '\u{2de0}'..='\u{2dff}' | '\u{302a}'..='\u{302d}'
        | '\u{3099}'..='\u{309a}' | '\u{a66f}'..='\u{a672}' | '\u{a674}'..='\u{a67d}' | '\u{a8e0}'..='\u{a8f1}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1d165}'..='\u{1d172}'
        | '\u{1d17b}'..='\u{1d182}' | '\u{1d185}'..='\u{1d18b}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(name: &str, expect: Option<&str>) {
        assert_eq!(clean_name(name).as_deref(), expect, "{name:?}");
    }

    #[test]
    fn names_are_trimmed_folded_and_cut() {
        check_name("  Ada   Lovelace ", Some("Ada Lovelace"));
        check_name("雪の女王", Some("雪の女王"));
        check_name("abcdefghijklmnopqrstuvwxyz", Some("abcdefghijklmnopqrst"));
        check_name("<b>x</b>", Some("<b>x</b>"));
    }

    #[test]
    fn names_of_nothing_visible_are_no_names() {
        check_name("", None);
        check_name(" \t\n ", None);
        check_name("\u{200b}\u{202e}\u{0007}", None);
        check_name("\u{3164}\u{2800} \u{115f}", None);
        check_name("\u{0301}\u{0302}", None);
        check_name("\u{e0041}\u{e000}\u{2064}", None);
    }

    #[test]
    fn codes_of_rooms_are_short_and_plain() {
        for (code, expect) in [
            ("fox-42", Some("fox-42")),
            (" Fox-42 ", Some("fox-42")),
            ("abcdefghijkl", Some("abcdefghijkl")),
            ("abcdefghijklm", None),
            ("fox", None),
            ("2fox", None),
            ("-fox", None),
            ("fo x4", None),
            ("f\u{fc}chse", None),
            ("2", None),
            ("", None),
        ] {
            assert_eq!(clean_room_code(code).as_deref(), expect, "{code:?}");
        }
    }

    #[test]
    fn direction_overrides_do_not_survive() {
        check_name("evil\u{202e}gpj.exe", Some("evilgpj.exe"));
        check_name("\u{2067}\u{2066}a\u{2069}b\u{200f}", Some("ab"));
    }

    #[test]
    fn nothing_unseen_stands_between_letters() {
        check_name("b\u{200b}o\u{00ad}t\u{2060}", Some("bot"));
        check_name("a\u{3164}\u{3164}b", Some("a b"));
        check_name("a\u{e0100}b\u{e007f}c", Some("abc"));
    }

    #[test]
    fn accents_stay_and_towers_of_marks_fall() {
        check_name("Ze\u{0301}e\u{0302}\u{0301}", Some("Ze\u{0301}e\u{0302}\u{0301}"));
        check_name("น้ำ ที่", Some("น้ำ ที่"));
        check_name("❤\u{fe0f}👍🏽", Some("❤\u{fe0f}👍🏽"));
        let tower = format!("z{}a", "\u{0336}\u{0489}\u{036f}".repeat(30));
        check_name(&tower, Some("z\u{0336}\u{0489}a"));
        check_name("a \u{0301}\u{0302}b", Some("a b"));
    }
}
