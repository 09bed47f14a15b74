//! Rules of the fake server.

use hotlogic::RhaiRules;
use protocol::ReleaseInfo;
use sim::{NativeRules, Rules, RulesError, Tuning};

/// Rules of the fake server.
#[derive(Clone)]
pub(crate) enum ServerRules {
    /// None.
    Native(NativeRules),
    /// A script.
    Script(RhaiRules),
}

impl Rules for ServerRules {
    fn tuning(&self) -> &Tuning {
        match self {
            Self::Native(rules) => rules.tuning(),
            Self::Script(rules) => rules.tuning(),
        }
    }
    fn move_player(&mut self, query: sim::rules::MoveQuery) -> Result<sim::Vec2, RulesError> {
        match self {
            Self::Native(rules) => rules.move_player(query),
            Self::Script(rules) => rules.move_player(query),
        }
    }
    fn move_orb(&mut self, orb: sim::rules::OrbMotion, dt: f32) -> Result<sim::rules::OrbMotion, RulesError> {
        match self {
            Self::Native(rules) => rules.move_orb(orb, dt),
            Self::Script(rules) => rules.move_orb(orb, dt),
        }
    }
}

/// A release and its script.
pub(crate) fn release(number: u32, script: &str) -> (ReleaseInfo, ServerRules) {
    let rules = RhaiRules::compile(script).expect("the test's script compiles");
    let info = ReleaseInfo {
        number,
        version: format!("v{number}"),
        hash: hotlogic::content_hash(script.as_bytes()),
        note: String::new(),
        host_api: hotlogic::HOST_API,
        arena_scale: None,
        card: None,
    };
    (info, ServerRules::Script(rules))
}
