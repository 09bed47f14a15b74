//! Scenes in the database: of earlier versions, and after their images were let go.

use bytes::Bytes;
use protocol::Music;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;

fn image(name: &str) -> NewContent {
    let bytes = Bytes::copy_from_slice(name.as_bytes());
    NewContent { hash: hash(name), media_type: "image/png", bytes }
}

fn hash(name: &str) -> String {
    hotlogic::content_hash(name.as_bytes())
}

/// A scene with a background and what else it shows.
fn scene(background: &str, skins: &[&str], orb: Option<&str>) -> NewRelease {
    let names = [background].into_iter().chain(skins.iter().copied()).chain(orb);
    NewRelease {
        version: background.into(),
        note: String::new(),
        author: "test".into(),
        host_api: 0,
        content: names.map(image).collect(),
        scene: Some(SceneFields {
            color: [1, 2, 3],
            background: Some(hash(background)),
            player_skins: skins.iter().map(|name| hash(name)).collect(),
            orb_skin: orb.map(hash),
            music: Music::Storm,
        }),
    }
}

fn script(text: &str) -> NewRelease {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let content = vec![NewContent { hash: hash(text), media_type: "text/plain; charset=utf-8", bytes }];
    NewRelease { content, scene: None, host_api: 1, ..scene("", &[], None) }
}

#[tokio::test]
async fn a_scene_comes_back_with_its_skins_in_order() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let new = scene("floor", &["zebra", "ape", "mole"], Some("moon"));
    let expect = new.scene.clone();
    let number = store.add_release(new).await.unwrap();
    assert_eq!(store.release(number).await.unwrap().unwrap().scene, expect);
    assert_eq!(store.live_scene().await.unwrap().unwrap().scene, expect);
}

#[tokio::test]
async fn a_scene_that_an_earlier_version_stored_opens_as_it_was() {
    let dir = TempDir::new().unwrap();
    let old = Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    for migration in [
        include_str!("migrations/0001_start.sql"),
        include_str!("migrations/0002_operators.sql"),
        include_str!("migrations/0003_rollouts.sql"),
    ] {
        old.execute_batch(migration).unwrap();
    }
    let hash = hash("floor");
    old.execute("INSERT INTO content VALUES (?1, 'image/jpeg', ?2, 7)", (&hash, b"floor")).unwrap();
    let row = "INSERT INTO releases (kind, version, note, author, created_ms, state, hash, host_api, color)
               VALUES ('scene', 'dusk', 'n', 'ada', 7, 'live', ?1, 0, 0x010203)";
    old.execute(row, [&hash]).unwrap();
    old.pragma_update(None, "application_id", 0x6873_7770).unwrap();
    old.pragma_update(None, "user_version", 3).unwrap();
    drop(old);
    let store = Store::open(dir.path()).unwrap();
    let scene = SceneFields { color: [1, 2, 3], background: Some(hash.clone()), ..SceneFields::default() };
    assert_eq!(store.live_scene().await.unwrap().unwrap().scene, Some(scene));
    assert_eq!(store.image_sizes(vec![hash]).await.unwrap(), [Some(5)]);
}

#[tokio::test]
async fn images_of_old_scenes_go_and_everything_else_stays() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.add_release(script("fn a() {}")).await.unwrap();
    store.add_release(scene("old floor", &["shared", "old skin"], Some("old orb"))).await.unwrap();
    store.add_release(scene("new floor", &["shared"], None)).await.unwrap();
    for number in 0..3 {
        store.add_release(script(&format!("fn a() {{ {number} }}"))).await.unwrap();
    }
    store.add_release(scene("live floor", &[], Some("live orb"))).await.unwrap();
    let Found::Here(read) = store.find_content(hash("old floor")).await.unwrap() else {
        panic!("it is here")
    };
    assert_eq!(&read.bytes[..], b"old floor");

    assert_eq!(store.collect_images(3).await.unwrap(), Collected::default(), "three scenes are three scenes");
    let gone = store.collect_images(2).await.unwrap();
    assert_eq!(gone, Collected { images: 3, bytes: 24 });
    let sizes =
        async |names: &[&str]| store.image_sizes(names.iter().map(|n| hash(n)).collect()).await.unwrap();
    assert_eq!(sizes(&["old floor", "old skin", "old orb"]).await, [None; 3]);
    let left = sizes(&["new floor", "shared", "live floor", "live orb"]).await;
    assert_eq!(left, [9, 6, 10, 8].map(Some));
    assert_eq!(store.find_content(hash("old floor")).await.unwrap(), Found::Collected);
    assert!(!store.has_content(hash("old floor")).await.unwrap());
    assert!(store.content(hash("fn a() {}")).await.unwrap().is_some(), "scripts stay");
    let history = store.release(2).await.unwrap().unwrap().scene.unwrap();
    assert_eq!(history.background, Some(hash("old floor")), "the history keeps its facts");
    let log = store.audit_log(1).await.unwrap();
    assert_eq!((log[0].action.as_str(), log[0].who.as_str()), ("collect", "server"));
    assert_eq!(store.collect_images(2).await.unwrap(), Collected::default(), "nothing goes twice");

    // Uploaded again, it is there again.
    store.add_release(scene("old floor", &[], None)).await.unwrap();
    assert_eq!(sizes(&["old floor"]).await, [Some(9)]);
    // With room for one scene only, the live one stays whole.
    assert_eq!(store.collect_images(1).await.unwrap().images, 4);
    assert_eq!(sizes(&["old floor"]).await, [Some(9)]);
}
