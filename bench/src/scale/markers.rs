//! Writes a result into a page that people write the rest of, between `<!-- begin: NAME -->` and `<!-- end: NAME -->`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Replaces what is between the markers of `name` in the page at `path`.
///
/// # Errors
/// When the page cannot be read or written, or has no such markers.
pub fn put(path: &Path, name: &str, content: &str) -> Result<()> {
    let page = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let page = replaced(&page, name, content).with_context(|| {
        format!("{} has no <!-- begin: {name} --> and <!-- end: {name} -->", path.display())
    })?;
    fs::write(path, page).with_context(|| format!("writing {}", path.display()))
}

fn replaced(page: &str, name: &str, content: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- begin: {name} -->"), format!("<!-- end: {name} -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", content.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_markers_is_replaced_and_nothing_else() {
        let page = "a\n<!-- begin: x -->\nold\n<!-- end: x -->\nb <!-- begin: y --><!-- end: y -->\n";
        let once = replaced(page, "x", "new\n").unwrap();
        assert_eq!(
            once,
            "a\n<!-- begin: x -->\n\nnew\n\n<!-- end: x -->\nb <!-- begin: y --><!-- end: y -->\n"
        );
        assert_eq!(replaced(&once, "x", "new").unwrap(), once, "the same again changes nothing");
        assert_eq!(replaced(page, "z", "new"), None);
    }
}
