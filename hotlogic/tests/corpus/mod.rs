//! The corpus of broken scripts: one file a kind, each script after a line `//// what is wrong`.
#![allow(dead_code, reason = "each test uses a part of it")]

/// A script that must never reach a player.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken {
    /// What sort of mistake it is: the name of its file.
    pub(crate) kind: &'static str,
    /// What is wrong with it.
    pub(crate) title: &'static str,
    /// Its text.
    pub(crate) script: &'static str,
}

macro_rules! kinds {
    ($($kind:literal)+) => {
        [$(($kind, include_str!(concat!($kind, ".rhai"))),)+]
    };
}

/// All files by their names.
const FILES: [(&str, &str); 15] = kinds![
    "syntax" "hooks" "names" "top_level" "tuning" "types" "answers" "nan" "numbers" "endless" "memory" "recursion"
    "forbidden" "cost" "unicode"
];

/// All scripts.
pub(crate) fn all() -> Vec<Broken> {
    FILES.iter().flat_map(|(kind, text)| of_kind(kind, text)).collect()
}

/// Some scripts of every kind, spread over the file.
pub(crate) fn sample(of_each: usize) -> Vec<Broken> {
    FILES
        .iter()
        .flat_map(|(kind, text)| {
            let scripts: Vec<Broken> = of_kind(kind, text).collect();
            let step = (scripts.len() / of_each).max(1);
            scripts.into_iter().step_by(step).take(of_each)
        })
        .collect()
}

fn of_kind(kind: &'static str, text: &'static str) -> impl Iterator<Item = Broken> {
    text.split("\n//// ").skip(1).map(move |part| {
        let (title, script) = part.split_once('\n').unwrap_or((part, ""));
        Broken { kind, title, script: script.trim_end_matches('\n') }
    })
}
