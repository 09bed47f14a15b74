//! Installs `ip` for the test over a bad line, where we may. Without it that test says that it was left out.

use std::process::Command;

use crate::chromium::may_install;
use crate::workspace::{find_on_path, run};

/// Does its best: whatever is still missing afterwards, the test itself reports.
pub(crate) fn prepare() {
    if find_on_path(&["ip"]).is_some() || !may_install() {
        return;
    }
    let install = ["install", "-y", "--no-install-recommends", "iproute2"];
    let mut commands = [Command::new("apt-get"), Command::new("apt-get")];
    commands[0].arg("update");
    commands[1].args(install).env("DEBIAN_FRONTEND", "noninteractive");
    for command in &mut commands {
        if let Err(error) = run(command) {
            println!("iproute2 could not be installed: {error:#}");
            return;
        }
    }
}
