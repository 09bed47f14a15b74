//! Calls of the admin API over HTTP, one after the other.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use super::Failure;

/// Longest time for connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest time for a call: a check may have to wait for its turn.
const CALL: Duration = Duration::from_secs(120);
/// Longest answer, bytes.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

/// Which server, and by what right.
#[derive(Debug, Args)]
pub(super) struct ServerArgs {
    /// Address of the server
    #[arg(
        long,
        env = "HOTSWAP_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080",
        global = true
    )]
    url: String,
    /// A token: an operator's, or the server's own
    #[arg(long, env = "HOTSWAP_ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
}

/// A server that can be called.
pub(super) struct Client {
    agent: Agent,
    base: String,
    token: String,
}

impl Client {
    pub(super) fn new(args: ServerArgs) -> Result<Self, Failure> {
        let missing = "a token is needed: --token or HOTSWAP_ADMIN_TOKEN (made under \u{201c}My account\u{201d} in the admin tab)";
        let token = args.token.ok_or_else(|| Failure::Usage(missing.to_owned()))?;
        let agent = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(CALL))
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .new_agent();
        Ok(Self { agent, base: args.url.trim_end_matches('/').to_owned(), token })
    }

    /// Asks.
    pub(super) fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call("GET", path, None)
    }

    /// Lets something be done.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call("POST", path, Some(body))
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.base);
        let request = Request::builder()
            .method(method)
            .uri(&url)
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())
            .map_err(|error| Failure::Usage(format!("{url} cannot be called: {error}")))?;
        let unreachable = |error: ureq::Error| Failure::Unreachable(format!("{url}: {error}"));
        let mut answer = self.agent.run(request).map_err(unreachable)?;
        let status = answer.status().as_u16();
        let said = read(&mut answer).map_err(|error| {
            Failure::Unreachable(format!(
                "{url} answered {status}, but not as a hotswap server does: {error}"
            ))
        })?;
        judge(status, said)
    }
}

fn read(answer: &mut Response<Body>) -> Result<Value, ureq::Error> {
    answer.body_mut().with_config().limit(MAX_ANSWER).read_json()
}

/// A good answer, or why it is none.
fn judge(status: u16, said: Value) -> Result<Value, Failure> {
    let message = || said["message"].as_str().map_or_else(|| format!("status {status}"), str::to_owned);
    match status {
        200..=299 if said["success"] == json!(true) => Ok(said),
        401 | 403 => Err(Failure::Unreachable(format!("not allowed: {}", message()))),
        429 | 500..=599 => Err(Failure::Unreachable(message())),
        _ => Err(Failure::Refused { message: message(), answer: said }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_code(status: u16, expect: Option<u8>) {
        let said = json!({ "success": status < 300, "message": "so" });
        assert_eq!(judge(status, said).err().map(|failure| failure.code()), expect, "{status}");
    }

    #[test]
    fn a_refusal_is_told_from_a_server_that_lets_nobody_in() {
        check_code(200, None);
        for refused in [400, 404, 409, 413, 422] {
            check_code(refused, Some(1));
        }
        for unreachable in [401, 403, 429, 500, 503] {
            check_code(unreachable, Some(3));
        }
    }
}
