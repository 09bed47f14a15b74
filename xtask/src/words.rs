//! The words of the game's page and of the admin tab: every key is there in every language, is used, and has the same
//! placeholders; and neither page shows text that has no key.

mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

type Texts = BTreeMap<String, String>;

/// A page, and where its words and its code are.
struct Place {
    page: &'static str,
    words: &'static str,
    code: &'static str,
    /// What the code's files end in.
    ending: &'static str,
}

/// Bundles of others, which have no words of ours.
const VENDOR: &str = "/vendor/";
const PLACES: [Place; 2] = [
    Place { page: "static/index.html", words: "static/i18n", code: "client-wasm/src/", ending: ".rs" },
    Place {
        page: "static/admin/index.html",
        words: "static/admin/i18n",
        code: "static/admin/",
        ending: ".js",
    },
];

/// The pages are written in it.
const FIRST: &str = "en";
/// The other languages.
const OTHERS: [&str; 1] = ["zh"];
/// Functions of `client-wasm/src/i18n.rs` and `static/admin/i18n.js` that take a key.
const CALLS: [&str; 3] = ["t(", "fill(", "plural("];
/// What a plural's key has at its end.
const FORMS: [&str; 2] = [".one", ".other"];
/// Attributes that people see or hear.
const SPOKEN: [&str; 4] = ["aria-label", "title", "placeholder", "alt"];

/// Checks the words against the pages and their code; `files` are paths and texts of the repository.
pub(crate) fn check(workspace: &Workspace, files: &[(String, String)]) -> Result<Vec<String>> {
    let mut breaches = Vec::new();
    for place in &PLACES {
        breaches.extend(place.check(workspace, files)?);
    }
    Ok(breaches)
}

impl Place {
    fn check(&self, workspace: &Workspace, files: &[(String, String)]) -> Result<Vec<String>> {
        let read = |language: &str| -> Result<Texts> {
            let path = workspace.root.join(format!("{}/{language}.json", self.words));
            let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            serde_json::from_str(&text).with_context(|| format!("{} is no list of words", path.display()))
        };
        let first = read(FIRST)?;
        let mut breaches = Vec::new();
        for language in OTHERS {
            let file = format!("{}/{language}.json", self.words);
            breaches.extend(compare(&first, &file, &read(language)?));
        }
        let page = files.iter().find(|(path, _)| path == self.page);
        let page = page.with_context(|| format!("{} is not there", self.page))?;
        let mut used = BTreeSet::new();
        breaches.extend(check_page(self.page, &page.1, &first, &mut used));
        for (path, text) in files.iter().filter(|(path, _)| self.has_code(path)) {
            breaches.extend(check_code(path, text, &first, &mut used));
            if self.ending == ".js" {
                breaches.extend(script::check(path, text));
            }
        }
        breaches.extend(first.keys().filter(|key| !used.contains(*key)).map(|key| {
            format!("{}/{FIRST}.json: nothing uses `{key}`: drop it from every language", self.words)
        }));
        Ok(breaches)
    }

    fn has_code(&self, path: &str) -> bool {
        path.starts_with(self.code) && path.ends_with(self.ending) && !path.contains(VENDOR)
    }
}

/// What one language, in this file, lacks or has too much, against the first.
fn compare(first: &Texts, file: &str, other: &Texts) -> Vec<String> {
    let mut breaches = Vec::new();
    for (key, words) in first {
        match other.get(key) {
            None => breaches.push(format!("{file}: `{key}` is missing")),
            Some(translated) if translated.trim().is_empty() => {
                breaches.push(format!("{file}: `{key}` is empty"));
            }
            Some(translated) if placeholders(words) != placeholders(translated) => {
                breaches.push(format!("{file}: `{key}` has other placeholders than in {FIRST}.json"));
            }
            Some(_) => {}
        }
    }
    let unknown = other.keys().filter(|key| !first.contains_key(*key));
    breaches.extend(unknown.map(|key| format!("{file}: `{key}` is not in {FIRST}.json")));
    breaches
}

/// The names in braces.
fn placeholders(words: &str) -> BTreeSet<&str> {
    words.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
}

/// Keys that the code asks for. A key counts as used wherever it stands in quotes: some are chosen in a `match`.
fn check_code(path: &str, text: &str, first: &Texts, used: &mut BTreeSet<String>) -> Vec<String> {
    for literal in text.split('"') {
        if first.contains_key(literal) {
            used.insert(literal.to_owned());
        }
        used.extend(
            FORMS.iter().map(|form| format!("{literal}{form}")).filter(|key| first.contains_key(key)),
        );
    }
    let mut breaches = Vec::new();
    for call in CALLS {
        for (start, _) in text.match_indices(call) {
            let is_whole = !text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let argument = text[start + call.len()..].trim_start().strip_prefix('"');
            let Some((key, _)) = argument.filter(|_| is_whole).and_then(|rest| rest.split_once('"')) else {
                continue;
            };
            let known = if call == "plural(" {
                FORMS.iter().all(|form| first.contains_key(&format!("{key}{form}")))
            } else {
                first.contains_key(key)
            };
            if !known {
                let line = text[..start].lines().count();
                breaches.push(format!("{path}:{line}: `{key}` is not in {FIRST}.json"));
            }
        }
    }
    breaches
}

/// One open element of the page.
struct Open<'a> {
    name: &'a str,
    key: Option<&'a str>,
    /// Nobody translates what is inside: a name, a language, a key of the keyboard, something that is not shown.
    fixed: bool,
}

/// What is to be read on the page without being translated, or has a key that is not there.
fn check_page(path: &str, page: &str, first: &Texts, used: &mut BTreeSet<String>) -> Vec<String> {
    /// Elements without an end.
    const VOID: [&str; 6] = ["meta", "link", "input", "br", "img", "path"];
    /// Elements whose text is none, or is for somebody without the game.
    const FIXED: [&str; 6] = ["head", "script", "style", "noscript", "svg", "kbd"];
    let mut breaches = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let (mut rest, mut line) = (page, 1);
    while let Some((text, after)) = rest.split_once('<') {
        check_text(text, line, &open, first, &mut breaches);
        line += text.matches('\n').count();
        let end = if after.starts_with("!--") { "-->" } else { ">" };
        let Some((tag, after)) = after.split_once(end) else { break };
        rest = after;
        let here = line;
        line += tag.matches('\n').count();
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            while open.pop().is_some_and(|element| element.name != name.trim()) {}
            continue;
        }
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or(tag);
        let key = attribute(tag, "data-i18n");
        let inside = open.last().is_some_and(|element| element.fixed);
        let fixed = inside || FIXED.contains(&name) || attribute(tag, "translate") == Some("no");
        if let Some(parent) = open.last().and_then(|element| element.key) {
            breaches.push(format!("{here}: <{name}> is inside of `{parent}`, which would replace it"));
        }
        // A chart has no text, and a field for code has nobody's: what they are called is another matter.
        if !inside {
            breaches.extend(check_attributes(tag, name, here, first, used));
        }
        if let Some(key) = key {
            used.insert(key.to_owned());
            if !first.contains_key(key) {
                breaches.push(format!("{here}: `{key}` is not in {FIRST}.json"));
            }
        }
        if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(Open { name, key, fixed });
        }
    }
    breaches.into_iter().map(|breach| format!("{path}:{breach}")).collect()
}

fn check_text(text: &str, line: usize, open: &[Open<'_>], first: &Texts, breaches: &mut Vec<String>) {
    // A long text goes over several lines.
    let words = decode(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let Some(element) = open.last().filter(|element| !element.fixed) else { return };
    let expected = element.key.and_then(|key| first.get(key));
    match expected {
        Some(expected) if *expected != words => breaches.push(format!(
            "{line}: `{}` is \"{expected}\" in {FIRST}.json and \"{words}\" here",
            element.key.unwrap_or_default()
        )),
        None if element.key.is_none() && words.chars().any(char::is_alphabetic) => {
            breaches.push(format!("{line}: \"{words}\" has no key: give its element a data-i18n attribute"))
        }
        _ => {}
    }
}

fn check_attributes(
    tag: &str,
    name: &str,
    line: usize,
    first: &Texts,
    used: &mut BTreeSet<String>,
) -> Vec<String> {
    let mut breaches = Vec::new();
    let pairs: BTreeMap<&str, &str> = attribute(tag, "data-i18n-attr")
        .unwrap_or_default()
        .split(';')
        .filter_map(|pair| pair.trim().split_once(':'))
        .collect();
    used.extend(pairs.values().map(|key| (*key).to_owned()));
    for spoken in SPOKEN {
        let Some(words) = attribute(tag, spoken).map(decode).filter(|words| !words.is_empty()) else {
            continue;
        };
        match pairs.get(spoken).map(|key| (key, first.get(*key))) {
            Some((_, Some(expected))) if *expected == words => {}
            Some((key, _)) => breaches.push(format!(
                "{line}: `{key}` is not \"{words}\" in {FIRST}.json, as {spoken} of <{name}> says"
            )),
            None => breaches
                .push(format!("{line}: {spoken}=\"{words}\" of <{name}> has no key in data-i18n-attr")),
        }
    }
    breaches
}

/// The value of an attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split_once('"').map(|(value, _)| value)
}

/// The few entities that the page uses.
fn decode(text: &str) -> String {
    text.replace("&hellip;", "\u{2026}").replace("&ndash;", "\u{2013}").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pairs: &[(&str, &str)]) -> Texts {
        pairs.iter().map(|(key, words)| ((*key).to_owned(), (*words).to_owned())).collect()
    }

    /// Each of `expect` has to be part of one breach, in order.
    fn expect(breaches: &[String], expect: &[&str]) {
        assert_eq!(breaches.len(), expect.len(), "{breaches:?}");
        for (breach, expected) in breaches.iter().zip(expect) {
            assert!(breach.contains(expected), "{breach:?} does not say {expected:?}");
        }
    }

    fn of_page(page: &str) -> Vec<String> {
        check_page(
            "index.html",
            page,
            &texts(&[("play", "Play"), ("name", "Your name")]),
            &mut BTreeSet::new(),
        )
    }

    #[test]
    fn a_language_has_the_same_keys_and_placeholders_as_the_first() {
        let first = texts(&[("hello", "Hello {name}"), ("bye", "Bye")]);
        let good = texts(&[("hello", "{name}，你好"), ("bye", "再见")]);
        expect(&compare(&first, "zh.json", &good), &[]);
        let bad = texts(&[("hello", "你好 {nmae}"), ("extra", "多余")]);
        expect(
            &compare(&first, "zh.json", &bad),
            &["`bye` is missing", "`hello` has other", "`extra` is not in"],
        );
    }

    #[test]
    fn code_asks_only_for_keys_that_are_there_and_says_which_are_used() {
        let first = texts(&[("play", "Play"), ("points.one", "1"), ("points.other", "{n}"), ("idle", "")]);
        let mut used = BTreeSet::new();
        let code = "f(t(\"play\"), plural(\n    \"points\", 2), fill(\"gone\", &[]), part(\"nothing\"))";
        expect(&check_code("a.rs", code, &first, &mut used), &["a.rs:2: `gone`"]);
        let used: Vec<&str> = used.iter().map(String::as_str).collect();
        assert_eq!(used, ["play", "points.one", "points.other"]);
    }

    #[test]
    fn text_of_the_page_has_a_key_and_says_what_the_first_language_says() {
        expect(&of_page("<p>\n<b data-i18n=\"play\">Play</b> 3:00 <kbd>W</kbd></p>"), &[]);
        expect(&of_page("<b data-i18n=\"name\">\n  Your\n  name\n</b>"), &[]);
        expect(&of_page("<p>\n<b>Play</b></p>"), &["index.html:2: \"Play\" has no key"]);
        expect(&of_page("<b data-i18n=\"play\">Start</b>"), &["\"Play\" in en.json and \"Start\" here"]);
        expect(&of_page("<b data-i18n=\"gone\">Gone</b>"), &["`gone` is not in"]);
        expect(&of_page("<b data-i18n=\"play\">Play<i></i></b>"), &["<i> is inside of `play`", "\"\" here"]);
        expect(&of_page("<h1 translate=\"no\"><b>Hotswap</b></h1><!-- words > -->"), &[]);
    }

    #[test]
    fn only_code_of_the_place_itself_counts() {
        let [game, admin] = &PLACES;
        assert!(game.has_code("client-wasm/src/hud/feed.rs") && !game.has_code("static/admin/main.js"));
        assert!(admin.has_code("static/admin/main.js") && !admin.has_code("client-wasm/src/hud.rs"));
        assert!(!admin.has_code("static/admin/vendor/codemirror.js"), "an editor of others");
        assert!(!admin.has_code("static/admin/i18n/en.json"), "the words use no words");
    }

    #[test]
    fn attributes_that_are_read_aloud_have_a_key_too() {
        let good = "<input placeholder=\"Your name\" data-i18n-attr=\"placeholder:name\">";
        expect(&of_page(good), &[]);
        expect(
            &of_page("<img alt=\"\"><svg title=\"Play\" data-i18n-attr=\"title:play\"><b title=\"x\">"),
            &[],
        );
        expect(&of_page("<svg title=\"Play\">"), &["has no key"]);
        expect(&of_page("<input placeholder=\"Your name\">"), &["has no key in data-i18n-attr"]);
        expect(&of_page("<i title=\"Play\" data-i18n-attr=\"title:name\"></i>"), &["`name` is not \"Play\""]);
    }
}
