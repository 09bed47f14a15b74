//! `docs/rules.md` and the README tell the truth: their examples work, and the tables are complete.

use hotlogic::{Hook, MAX_SCRIPT_BYTES, RhaiRules, dry_run};
use sim::Tuning;

const RULES: &str = include_str!("../../docs/rules.md");
const README: &str = include_str!("../../README.md");

/// The fenced blocks in the script language.
fn examples() -> Vec<&'static str> {
    let blocks =
        |text: &'static str| text.split("```rhai\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks(RULES).chain(blocks(README)).collect()
}

#[test]
fn every_example_passes_the_checks_that_a_published_script_must_pass() {
    let examples = examples();
    assert!(examples.len() >= 5, "{} examples", examples.len());
    let mut shown = Vec::new();
    for example in examples {
        let rules = RhaiRules::compile(example).unwrap_or_else(|error| panic!("{error}\n{example}"));
        let report = dry_run(&rules).unwrap_or_else(|error| panic!("{error}\n{example}"));
        assert!(report.hook_calls > 0, "no hook is called in\n{example}");
        shown.extend(rules.hooks());
    }
    for hook in Hook::ALL {
        assert!(shown.contains(&hook), "no example has {}", hook.name());
    }
}

#[test]
fn every_hook_is_documented_with_its_parameters_and_its_answer() {
    for hook in Hook::ALL {
        let returns = hook.returns().split(" or ").next().unwrap();
        let heading = format!("### `{}` returns `{returns}`\n", hook.signature());
        assert!(RULES.contains(&heading), "{heading}");
        for param in hook.params() {
            assert!(RULES.contains(&format!("`{param}`")), "{param} of {}", hook.name());
        }
    }
}

#[test]
fn every_tuning_number_is_documented_with_its_default_and_bounds() {
    for field in Tuning::FIELDS {
        let row = format!(
            "| `{}` | {} | {} | {} | {} |\n",
            field.name,
            field.default,
            field.min,
            field.max,
            field.doc.trim()
        );
        assert!(RULES.contains(&row), "missing: {row}");
    }
}

#[test]
fn the_documented_limit_of_a_script_is_the_real_one() {
    assert!(RULES.contains(&format!("({MAX_SCRIPT_BYTES} bytes)")));
}
