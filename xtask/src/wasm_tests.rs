//! Runs unit tests compiled to wasm in an interpreter.
//!
//! The browser predicts with the crates that the server decides with, so their tests have to pass in both worlds.
//! A test module for `wasm32-unknown-unknown` imports nothing and runs its tests on one thread; a failed test
//! panics, and a panic is a trap. What such a module prints is lost, see [`crate::transcript`].

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use wasmi::{Config, Engine, Linker, Module, Store};

use crate::transcript::Transcript;
use crate::wasm_target;
use crate::workspace::{Workspace, capture};

/// The crates whose behaviour has to be the same in the browser as on the server.
pub(crate) const CRATES: [&str; 3] = ["sim", "hotlogic", "client-core"];

/// The interpreter's own stack for locals and operands: far more than the 1 MiB that the module has for its shadow
/// stack, so that too deep a recursion traps in the module as it does in a browser.
const MAX_STACK_BYTES: usize = 64 << 20;
/// Frames in the interpreter; the default of 1,000 is less than a script engine's recursive descent needs.
const MAX_RECURSION: usize = 100_000;

/// A compiled test module and the crate it tests.
#[derive(Debug, PartialEq, Eq)]
struct TestModule {
    name: String,
    path: PathBuf,
}

/// Compiles and runs the tests of [`CRATES`]; returns how many ran, in words.
pub(crate) fn run(workspace: &Workspace) -> Result<String> {
    wasm_target::ensure()?;
    let modules = compile(workspace)?;
    if modules.is_empty() {
        bail!("cargo built no wasm test modules");
    }
    let mut total = 0;
    for module in &modules {
        let start = Instant::now();
        let bytes = fs::read(&module.path).with_context(|| format!("reading {}", module.path.display()))?;
        let passed = interpret(&bytes).with_context(|| format!("the tests of {} on wasm", module.name))?;
        println!("  {}: {passed} passed on wasm in {:.1} s", module.name, start.elapsed().as_secs_f32());
        total += passed;
    }
    Ok(format!("{total} tests ran on wasm"))
}

/// Builds the test modules and takes their paths from cargo's messages.
fn compile(workspace: &Workspace) -> Result<Vec<TestModule>> {
    let target = wasm_target::TRIPLE;
    let mut command =
        workspace.cargo(&format!("test --no-run --message-format=json-render-diagnostics --target {target}"));
    command.args(CRATES.iter().flat_map(|name| ["-p", name]));
    Ok(test_modules(&capture(&mut command)?))
}

/// The test executables among cargo's messages, one JSON object a line.
fn test_modules(messages: &str) -> Vec<TestModule> {
    let module = |message: Value| {
        let path = message["executable"].as_str()?;
        let is_test = message["profile"]["test"].as_bool()?;
        let name = message["target"]["name"].as_str()?.to_owned();
        is_test.then(|| TestModule { name, path: Path::new(path).to_owned() })
    };
    messages.lines().filter_map(|line| serde_json::from_str(line).ok()).filter_map(module).collect()
}

/// Runs one test module to its end and returns the number of its tests that passed.
///
/// # Errors
/// Fails if a test failed, naming it as far as the module's memory tells.
fn interpret(bytes: &[u8]) -> Result<usize> {
    let mut config = Config::default();
    config.set_max_stack_height(MAX_STACK_BYTES).set_max_recursion_depth(MAX_RECURSION);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, bytes).context("loading the module")?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::<()>::new(&engine)
        .instantiate_and_start(&mut store, &module)
        .context("a test module may import nothing; does a crate for the browser call into JavaScript?")?;
    let main = instance.get_typed_func::<(i32, i32), i32>(&store, "main").context("finding `main`")?;

    let outcome = main.call(&mut store, (0, 0));
    let memory = instance.get_memory(&store, "memory").context("finding the module's memory")?;
    let transcript = Transcript::find(memory.data(&store));
    match outcome {
        Ok(0) => transcript.passed.context("libtest left no count of the tests that passed"),
        Ok(code) => Err(anyhow!("the tests ended with code {code}")),
        Err(trap) => Err(failure(&transcript, &trap)),
    }
}

/// The error for a module that trapped: libtest stops at the first test that fails.
fn failure(transcript: &Transcript, trap: &wasmi::Error) -> anyhow::Error {
    let test = transcript.running.as_deref().unwrap_or("(its name was overwritten in memory)");
    let why = transcript.panic.as_deref().map_or_else(
        || format!("{trap}, without a panic message: too deep a recursion, or too little memory"),
        str::to_owned,
    );
    anyhow!("test {test} failed: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_executables_are_run() {
        let messages = r#"
            {"reason":"compiler-artifact","target":{"name":"sim"},"profile":{"test":false},"executable":null}
            {"reason":"compiler-artifact","target":{"name":"sim"},"profile":{"test":true},"executable":"sim.wasm"}
            {"reason":"build-finished","success":true}"#;
        let expected = TestModule { name: "sim".to_owned(), path: PathBuf::from("sim.wasm") };
        assert_eq!(test_modules(messages), [expected]);
    }
}
