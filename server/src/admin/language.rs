//! What an editor of rules asks: the words of the language, and what is wrong with a script while it is being written.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hotlogic::reference::{self, functions};
use hotlogic::{Diagnostic, diagnose};
use serde::Deserialize;
use serde_json::{Value, json};
use sim::Tuning;
use sim::tuning::TuningField;

use super::reply::{Body, Refusal, success};

/// `GET /api/rules_reference`: hooks, tuning numbers, functions, constants and limits, as the engine has them. It is the
/// same for everybody, so nobody has to log in for it.
pub(super) async fn rules_reference() -> Response {
    let hooks: Vec<Value> = reference::hooks()
        .iter()
        .map(|words| {
            let params: Vec<Value> = words
                .hook
                .params()
                .iter()
                .zip(words.params)
                .map(|(name, doc)| json!({ "name": name, "doc": doc }))
                .collect();
            json!({
                "name": words.hook.name(),
                "signature": words.hook.signature(),
                "params": params,
                "returns": words.hook.returns(),
                "doc": words.doc,
                "starter": words.starter,
            })
        })
        .collect();
    let functions: Vec<Value> = functions::ALL
        .iter()
        .map(|function| {
            json!({
                "name": function.name,
                "group": function.group,
                "forms": function.forms,
                "method": function.is_method(),
                "doc": function.doc,
            })
        })
        .collect();
    let constants: Vec<Value> = reference::built_in_constants()
        .iter()
        .map(|constant| json!({ "name": constant.name, "value": short(constant.value) }))
        .collect();
    let limits: Vec<Value> =
        reference::limits().iter().map(|limit| json!({ "what": limit.what, "most": limit.most })).collect();
    let body = json!({
        "success": true,
        "host_api": hotlogic::HOST_API,
        "keywords": reference::KEYWORDS,
        "hooks": hooks,
        "tuning": Tuning::FIELDS.iter().map(tuning).collect::<Vec<_>>(),
        "functions": functions,
        "constants": constants,
        "limits": limits,
    });
    ([(header::CACHE_CONTROL, "no-cache")], Json(body)).into_response()
}

fn tuning(field: &TuningField) -> Value {
    json!({
        "name": field.name,
        "default": short(field.default),
        "min": short(field.min),
        "max": short(field.max),
        "doc": field.doc.trim(),
    })
}

/// A number as people write it: 0.45, where the nearest double of the same float is 0.44999998807907104.
fn short(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

/// Body of `POST /api/diagnose_script`.
#[derive(Deserialize)]
pub(super) struct DiagnoseScript {
    script: String,
}

/// `POST /api/diagnose_script`: all errors and warnings that can be found without playing, within milliseconds.
pub(super) async fn diagnose_script(Body(body): Body<DiagnoseScript>) -> Result<Response, Refusal> {
    let found = tokio::task::spawn_blocking(move || diagnose(&body.script)).await.map_err(|crash| {
        tracing::error!("looking at a script failed: {crash}");
        Refusal::Internal
    })?;
    let diagnostics: Vec<Value> = found.iter().map(remark).collect();
    Ok(success(json!({ "diagnostics": diagnostics })))
}

fn remark(found: &Diagnostic) -> Value {
    json!({
        "severity": found.severity.as_str(),
        "message": found.error.message,
        "line": found.error.line.unwrap_or(1),
        "column": found.error.column.unwrap_or(1),
        "suggestion": found.error.suggestion(),
    })
}
