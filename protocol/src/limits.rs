//! How much of anything a peer may send.

/// Longest message from a client, bytes. The longest legal one is a `chat` in JSON with every character escaped.
pub const MAX_CLIENT_MESSAGE: usize = 4 * 1024;
/// Longest message from the server, bytes: a keyframe of a full room in JSON.
pub const MAX_SERVER_MESSAGE: usize = 4 * 1024 * 1024;
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

/// Makes a name fit to be shown: control and direction-changing characters out, white space folded, cut to
/// [`MAX_NAME_CHARS`]. `None` when nothing is left.
#[must_use]
pub fn clean_name(name: &str) -> Option<String> {
    let cleaned = clean_text(name, MAX_NAME_CHARS);
    (!cleaned.is_empty()).then_some(cleaned)
}

/// Makes a line of text fit to be shown: control and direction-changing characters out, white space folded and
/// trimmed, cut to `max_chars`.
#[must_use]
pub fn clean_text(text: &str, max_chars: usize) -> String {
    let mut cleaned = String::new();
    let mut count = 0;
    let mut pending_space = false;
    for c in text.chars() {
        if c.is_whitespace() {
            pending_space = !cleaned.is_empty();
            continue;
        }
        if is_invisible(c) {
            continue;
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

/// Control characters, zero-width characters and Unicode's explicit direction marks and overrides (UAX #9).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
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
    }
}
