//! Installs what single tests need beside the browser, where we may. Without it those tests say that they were left out.

use crate::apt;
use crate::workspace::find_on_path;

/// A program, Debian's package of it, and who needs it.
const EXTRAS: [(&str, &str); 4] = [
    // The test over a bad line.
    ("ip", "iproute2"),
    // The test behind a reverse proxy, and its certificate.
    ("nginx", "nginx"),
    ("openssl", "openssl"),
    // The game in another browser. Debian has only the one with long support; others may have `firefox`.
    ("firefox-esr", "firefox-esr"),
];

/// Does its best: whatever is still missing afterwards, the tests themselves report.
pub(crate) fn prepare() {
    let missing: Vec<&str> = EXTRAS
        .iter()
        .filter(|(program, _)| find_on_path(&[program]).is_none())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() || !apt::may_install() {
        return;
    }
    if let Err(error) = apt::install(&missing) {
        println!("{} could not be installed: {error:#}", missing.join(", "));
    }
}
