//! Words for people in a script that have no key, as far as one line shows them.

/// Names of keys, of a language and of the players on a preview, which are the same everywhere.
const NAMES: [&str; 7] = ["Enter", "Escape", "Tab", "English", "Ada", "Grace", "Alan"];

/// What of a script looks like words that somebody reads: it begins with a capital letter and goes on in small ones. A name
/// in an object and what goes to the console are not looked at.
pub(super) fn check(path: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.contains("console.")) {
        let words = literals(line).into_iter().filter(|literal| is_for_people(literal));
        breaches.extend(words.map(|words| format!("{path}:{}: \"{words}\" has no key", index + 1)));
    }
    breaches
}

fn is_for_people(literal: &str) -> bool {
    let first = literal.split(' ').next().unwrap_or_default();
    let word = first.trim_end_matches(['.', ',', ':', '\u{2026}']);
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.all(char::is_lowercase)
        && (word.len() > 1 || literal.contains(' '))
        && !NAMES.contains(&literal)
}

/// The texts in quotes on a line, up to a comment. Names of an object's entries are left out.
fn literals(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find(['"', '\'', '`', '/']) {
        let quote = &rest[start..=start];
        let inside = &rest[start + 1..];
        if quote == "/" {
            if inside.starts_with(['/', '*']) {
                break;
            }
            rest = inside;
            continue;
        }
        // A quote that does not end here is part of a pattern, or its text goes on below.
        let Some((literal, after)) = inside.split_once(quote) else { break };
        if !after.starts_with(':') {
            found.push(literal);
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_a_script_have_a_key() {
        let script =
            "// \"Not This\"\nbutton(\"Publish\", \"quiet\"); say(`Line ${n}: no.`); go(); // \"Nor This\"";
        let breaches = check("a.js", script);
        assert_eq!(breaches, ["a.js:2: \"Publish\" has no key", "a.js:2: \"Line ${n}: no.\" has no key"]);
    }

    #[test]
    fn what_nobody_reads_needs_no_key() {
        for line in [
            "if (event.key === \"Escape\") send(\"POST\", \"Content-Type\", t(\"publish\"));",
            "make(\"p\", \"muted wide\", () => t(\"rules.title\"))",
            "\"Go to line\": \"code.go_to_line\",",
            "console.warn(\"The editor is plain.\");",
            "const quote = /[\"]/;",
            "/** `Not a text` but \"A comment\". */",
            "if (error.name === \"AbortError\") drawPlayer(\"Ada\");",
        ] {
            assert_eq!(check("a.js", line), Vec::<String>::new(), "{line}");
        }
    }
}
