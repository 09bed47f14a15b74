//! Installs what single tests need beside the browser, where we may. Without it those tests say that they were left out.

use std::process::Command;

use crate::chromium::may_install;
use crate::workspace::{find_on_path, run};

/// A program, Debian's package of it, and who needs it.
const EXTRAS: [(&str, &str); 3] = [
    // The test over a bad line.
    ("ip", "iproute2"),
    // The test behind a reverse proxy, and its certificate.
    ("nginx", "nginx"),
    ("openssl", "openssl"),
];

/// Does its best: whatever is still missing afterwards, the tests themselves report.
pub(crate) fn prepare() {
    let missing: Vec<&str> = EXTRAS
        .iter()
        .filter(|(program, _)| find_on_path(&[program]).is_none())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() || !may_install() {
        return;
    }
    let mut commands = [Command::new("apt-get"), Command::new("apt-get")];
    commands[0].arg("update");
    commands[1].args(["install", "-y", "--no-install-recommends"]).args(&missing);
    commands[1].env("DEBIAN_FRONTEND", "noninteractive");
    for command in &mut commands {
        if let Err(error) = run(command) {
            println!("{} could not be installed: {error:#}", missing.join(", "));
            return;
        }
    }
}
