//! The difference of two scripts, line beside line, with the words marked that differ.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;
use similar::{ChangeTag, DiffTag, InlineChange, TextDiff};

use super::reply::{Body, Refusal, success};
use super::{AdminState, scenes};
use crate::storage::{ReleaseKind, SceneFields};

/// Lines shown around a change when nothing else is asked for.
const CONTEXT: usize = 3;
/// After this the rest is compared less cleverly.
const TIME: Duration = Duration::from_millis(500);

/// One side: the number of a release, or a script.
#[derive(Deserialize)]
#[serde(untagged)]
enum Side {
    Release(u32),
    Script(String),
}

/// Body of `POST /api/diff`.
#[derive(Deserialize)]
pub(super) struct Compare {
    from: Side,
    to: Side,
    /// Lines shown around each change.
    context: Option<usize>,
}

/// A piece of a line, and whether the other side has something else there.
type Piece = (String, bool);

/// What stands beside each other. Line numbers count from 1.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Row {
    /// The line is the same.
    Same { from: usize, to: usize, text: String },
    /// It is another one; or one side has none.
    Changed { from: Option<Line>, to: Option<Line> },
    /// So many equal lines are left out.
    Gap { lines: usize },
}

/// A line that differs.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line {
    line: usize,
    pieces: Vec<Piece>,
}

/// What [`compare`] finds.
#[derive(Debug, Serialize)]
struct Difference {
    rows: Vec<Row>,
    /// Lines that only `from` has.
    removed: usize,
    /// Lines that only `to` has.
    added: usize,
}

/// `POST /api/diff`: compares releases or scripts; two scenes field by field.
pub(super) async fn diff(
    State(state): State<AdminState>,
    Body(body): Body<Compare, { 1024 * 1024 }>,
) -> Result<Response, Refusal> {
    if let (Side::Release(from), Side::Release(to)) = (&body.from, &body.to)
        && let (Some(before), Some(after)) = (scene(&state, *from).await?, scene(&state, *to).await?)
    {
        let fields = scenes::differences(&before, &after);
        return Ok(success(json!({ "kind": "scene", "same": fields.is_empty(), "fields": fields })));
    }
    let from = script(&state, body.from).await?;
    let to = script(&state, body.to).await?;
    let context = body.context.unwrap_or(CONTEXT);
    let comparing = tokio::task::spawn_blocking(move || compare(&from, &to, context));
    let difference = comparing.await.map_err(|_| Refusal::Internal)?;
    Ok(success(json!({
        "same": difference.removed + difference.added == 0,
        "removed": difference.removed,
        "added": difference.added,
        "rows": difference.rows,
    })))
}

/// The fields of a release, when it is a scene.
async fn scene(state: &AdminState, number: u32) -> Result<Option<SceneFields>, Refusal> {
    Ok(state.store.release(number).await?.and_then(|record| record.scene))
}

async fn script(state: &AdminState, side: Side) -> Result<String, Refusal> {
    let number = match side {
        Side::Script(script) if script.len() > hotlogic::MAX_SCRIPT_BYTES => {
            let longest = hotlogic::MAX_SCRIPT_BYTES;
            return Err(Refusal::Unusable(format!("a script is longer than {longest} bytes")));
        }
        Side::Script(script) => return Ok(script),
        // The native rules have no script.
        Side::Release(0) => return Ok(String::new()),
        Side::Release(number) => number,
    };
    let missing = || Refusal::NotFound(format!("there is no release {number}"));
    let record = state.store.release(number).await?.ok_or_else(missing)?;
    let (ReleaseKind::Logic, Some(hash)) = (record.kind, record.hash) else {
        return Err(Refusal::Unusable(format!("release {number} is a scene and has no script")));
    };
    let content = state.store.content(hash).await?.ok_or_else(missing)?;
    Ok(String::from_utf8_lossy(&content.bytes).into_owned())
}

/// Lines side by side. Lines that were replaced stand beside each other in their order.
fn compare(from: &str, to: &str, context: usize) -> Difference {
    let diff = TextDiff::configure().timeout(TIME).diff_lines(from, to);
    let mut difference = Difference { rows: Vec::new(), removed: 0, added: 0 };
    let mut shown = 0;
    for group in diff.grouped_ops(context) {
        if let Some(first) = group.first() {
            push_gap(&mut difference.rows, first.old_range().start - shown);
        }
        for op in &group {
            shown = op.old_range().end;
            let (mut left, mut right) = (Vec::new(), Vec::new());
            for change in diff.iter_inline_changes(op) {
                match change.tag() {
                    ChangeTag::Delete => left.push(line(&change, change.old_index())),
                    ChangeTag::Insert => right.push(line(&change, change.new_index())),
                    ChangeTag::Equal => difference.rows.push(same(&change)),
                }
            }
            if op.tag() != DiffTag::Equal {
                difference.removed += left.len();
                difference.added += right.len();
                push_beside(&mut difference.rows, left, right);
            }
        }
    }
    push_gap(&mut difference.rows, diff.old_len() - shown);
    difference
}

fn push_gap(rows: &mut Vec<Row>, lines: usize) {
    if lines > 0 {
        rows.push(Row::Gap { lines });
    }
}

fn push_beside(rows: &mut Vec<Row>, left: Vec<Line>, right: Vec<Line>) {
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    loop {
        let (from, to) = (left.next(), right.next());
        if from.is_none() && to.is_none() {
            return;
        }
        rows.push(Row::Changed { from, to });
    }
}

fn same(change: &InlineChange<'_, str>) -> Row {
    let number = |index: Option<usize>| index.map_or(0, |index| index + 1);
    let text = change.values().iter().map(|(_, text)| *text).collect::<String>();
    Row::Same {
        from: number(change.old_index()),
        to: number(change.new_index()),
        text: text.trim_end_matches(['\r', '\n']).to_owned(),
    }
}

fn line(change: &InlineChange<'_, str>, index: Option<usize>) -> Line {
    let pieces = change.values().iter().filter_map(|(marked, text)| {
        let text = text.trim_end_matches(['\r', '\n']);
        (!text.is_empty()).then(|| (text.to_owned(), *marked))
    });
    Line { line: index.map_or(0, |index| index + 1), pieces: pieces.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows in one line each: `=` same, `-`/`+` the sides with marked words in brackets, `~` a gap.
    fn shown(from: &str, to: &str) -> Vec<String> {
        let side = |sign: char, line: &Option<Line>| {
            let pieces = line.iter().flat_map(|line| &line.pieces);
            let text: String = pieces
                .map(|(text, marked)| if *marked { format!("[{text}]") } else { text.clone() })
                .collect();
            line.as_ref().map(|line| format!("{sign}{} {text}", line.line)).unwrap_or_default()
        };
        let rows = compare(from, to, 1).rows;
        let row = |row: &Row| match row {
            Row::Same { from, to, text } => format!("={from}/{to} {text}"),
            Row::Changed { from, to } => format!("{}|{}", side('-', from), side('+', to)),
            Row::Gap { lines } => format!("~{lines}"),
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn a_changed_number_is_marked_beside_its_old_value() {
        let from = "fn strike() {\n  let damage = 20;\n  damage\n}\n";
        let to = "fn strike() {\n  let damage = 35;\n  damage\n}\n";
        assert_eq!(
            shown(from, to),
            ["=1/1 fn strike() {", "-2   let damage = [20;]|+2   let damage = [35;]", "=3/3   damage", "~1"]
        );
    }

    #[test]
    fn what_only_one_side_has_stands_alone_and_what_is_far_from_it_is_left_out() {
        assert_eq!(shown("a\nb\nc\nd\n", "a\nb\nc\nx\nd\n"), ["~2", "=3/3 c", "|+4 x", "=4/5 d"]);
        assert_eq!(shown("a\nb\n", "b\n"), ["-1 a|", "=2/1 b"]);
        assert_eq!(shown("", "a"), ["|+1 a"]);
        assert_eq!(compare("a\nb", "a\nb", 3).rows, [Row::Gap { lines: 2 }]);
    }
}
