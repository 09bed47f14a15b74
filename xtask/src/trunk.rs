//! `Trunk.toml` and the page agree with the rest: the files that Trunk copies are those that are there or are built.

use crate::workspace::Workspace;

/// What `<link data-trunk ... href="...">` lines of a page name.
fn linked(page: &str) -> Vec<&str> {
    let lines = page.lines().filter(|line| line.contains("data-trunk"));
    lines.filter_map(|line| line.split("href=\"").nth(1)?.split('"').next()).collect()
}

#[test]
fn everything_that_trunk_copies_is_there_or_is_built_by_the_client_task() {
    let root = Workspace::find().expect("tests run in the workspace").root;
    let page = std::fs::read_to_string(root.join("static/index.html")).expect("there is a page");
    let links = linked(&page);
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        let built = link.strip_prefix("../target/web/").is_some_and(|name| name.starts_with("client"));
        assert!(built || root.join("static").join(link).exists(), "the page links {link}");
    }
}

#[test]
fn the_hook_builds_to_where_the_page_looks_and_the_proxies_are_those_of_the_server() {
    let root = Workspace::find().expect("tests run in the workspace").root;
    let text = std::fs::read_to_string(root.join("Trunk.toml")).expect("there is a Trunk.toml");
    let config: toml::Table = text.parse().expect("it is TOML");
    let hook: Vec<&str> = config["hooks"][0]["command_arguments"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .collect();
    assert_eq!(hook, ["xtask", "client", "--out", "target/web"]);
    assert_eq!(config["build"]["target"].as_str(), Some("static/index.html"));
    let backends: Vec<&str> = config["proxy"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|proxy| proxy["backend"].as_str())
        .collect();
    for path in ["/ws", "/api", "/content"] {
        assert!(backends.iter().any(|backend| backend.ends_with(path)), "no proxy for {path}");
    }
    // Trunk resolves these when it starts, and ends with an error when one is missing.
    assert!(config["watch"].get("ignore").is_none(), "a fresh checkout has no folder to ignore");
    let watched = config["watch"]["watch"].as_array().into_iter().flatten().filter_map(toml::Value::as_str);
    for folder in watched {
        assert!(root.join(folder).is_dir(), "Trunk watches {folder}");
    }
}
