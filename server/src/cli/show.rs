//! What the server says, for people in front of a terminal.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use similar::TextDiff;

/// As it came, in lines.
pub(super) fn json(answer: &Value) -> String {
    format!("{answer:#}\n")
}

/// The sentence of an answer.
pub(super) fn message(answer: &Value) -> String {
    format!("{}\n", answer["message"].as_str().unwrap_or("done"))
}

/// What a rehearsal found: a line for each number.
pub(super) fn rehearsal(answer: &Value) -> String {
    let mut text = message(answer);
    let _ = writeln!(text, "{:<26}{:>14}{:>14}{:>11}", "", "live", "draft", "change");
    let number = |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |number| number.to_string());
    for row in answer["rows"].as_array().into_iter().flatten() {
        let change = row["change_percent"].as_f64();
        let change = change.map_or_else(|| "-".to_owned(), |percent| format!("{percent:+.1} %"));
        let (title, verdict) = (row["title"].as_str().unwrap_or_default(), row["verdict"].as_str());
        let (live, draft) = (number(&row["live"]), number(&row["draft"]));
        let verdict = plain(verdict.unwrap_or_default());
        let _ = writeln!(text, "{:<26}{live:>14}{draft:>14}{change:>11}  {verdict}", plain(title));
    }
    text
}

/// A line for each release, newest first.
pub(super) fn list(releases: &Value) -> String {
    let mut text = String::new();
    for release in releases.as_array().into_iter().flatten() {
        let word = |name: &str| plain(release[name].as_str().unwrap_or_default());
        let kind = if word("kind") == "scene" { "scene" } else { "rules" };
        let date = date(release["created_ms"].as_u64().unwrap_or(0));
        let (number, state, author, version) =
            (release["number"].to_string(), word("state"), word("author"), word("version"));
        let line = format!("{number:>5}  {kind}  {state:<11}  {date}  {author:<16}  {version}");
        let _ = match word("note") {
            note if note.is_empty() => writeln!(text, "{line}"),
            note => writeln!(text, "{line}: {note}"),
        };
    }
    text
}

/// All of one release.
pub(super) fn release(release: &Value) -> String {
    let mut text = String::new();
    let fields = ["number", "kind", "version", "state", "author", "created_ms", "note", "hash", "error"];
    let scene = ["background_color", "background_image", "player_skins", "orb_skin", "music"];
    for name in fields.into_iter().chain(scene) {
        let shown = match &release[name] {
            Value::Null => continue,
            Value::String(empty) if empty.is_empty() => continue,
            Value::Array(empty) if empty.is_empty() => continue,
            Value::String(word) => plain(word),
            Value::Number(ms) if name == "created_ms" => date(ms.as_u64().unwrap_or(0)),
            other => other.to_string(),
        };
        let _ = writeln!(text, "{:<16} {shown}", name.trim_end_matches("_ms"));
    }
    if let Some(script) = release["script"].as_str() {
        let _ = write!(text, "\n{script}");
        if !script.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

/// The difference as `diff -u` writes it; nothing when there is none.
pub(super) fn unified(from: &str, to: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::configure().timeout(Duration::from_secs(5)).diff_lines(old, new);
    diff.unified_diff().context_radius(3).header(from, to).to_string()
}

/// Words of others, without what could move the cursor of a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Milliseconds since 1970 as a date and time, UTC.
fn date(ms: u64) -> String {
    let (days, minutes) = (ms / 86_400_000, ms / 60_000 % 1_440);
    // Counted in years that begin in March, a day is added at the end of the year and not in the middle of it.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_are_right_also_around_leap_days() {
        assert_eq!(date(0), "1970-01-01 00:00");
        assert_eq!(date(951_782_399_000), "2000-02-28 23:59");
        assert_eq!(date(951_782_400_000), "2000-02-29 00:00");
        assert_eq!(date(951_868_800_000), "2000-03-01 00:00");
        assert_eq!(date(1_735_689_599_000), "2024-12-31 23:59");
        assert_eq!(date(1_795_258_466_000), "2026-11-21 10:54");
    }

    #[test]
    fn a_list_has_a_line_for_each_release_and_no_escape_sequences() {
        let releases = json!([
            { "number": 12, "kind": "logic", "state": "live", "author": "ada", "created_ms": 0,
              "version": "arena-3", "note": "faster \u{1b}[2Jorb" },
            { "number": 3, "kind": "scene", "state": "superseded", "author": "bob", "created_ms": 0,
              "version": "night", "note": "" },
        ]);
        let text = list(&releases);
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "   12  rules  live         1970-01-01 00:00  ada               arena-3: faster [2Jorb",
                "    3  scene  superseded   1970-01-01 00:00  bob               night",
            ]
        );
    }

    #[test]
    fn a_rehearsal_is_a_table_that_says_in_words_what_changed() {
        let answer = json!({ "message": "2 recorded fights, 1.0 minutes", "rows": [
            { "title": "Kills", "live": 4.0, "draft": 8.0, "change_percent": 100.0, "verdict": "much more" },
            { "title": "Time to kill, median, s", "live": null, "draft": 1.25, "change_percent": null, "verdict": "new" },
        ] });
        let text = rehearsal(&answer);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0].join(" "), "2 recorded fights, 1.0 minutes");
        assert_eq!(lines[2], ["Kills", "4", "8", "+100.0", "%", "much", "more"]);
        assert_eq!(lines[3][5..], ["-", "1.25", "-", "new"]);
    }

    #[test]
    fn a_difference_is_what_diff_u_writes() {
        let text = unified("1", "live", "a\nb\n", "a\nc\n");
        assert_eq!(text, "--- 1\n+++ live\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
        assert_eq!(unified("1", "2", "a\n", "a\n"), "");
    }
}
