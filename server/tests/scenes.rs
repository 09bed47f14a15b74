//! Scenes over HTTP and over a socket: typed fields, images written anew, history, the way back, and what is let go.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{Rgb, RgbImage};
use serde_json::{Value, json};
use support::{TestServer, admin, http};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A picture of one colour, as base64.
fn picture(width: u32, height: u32, colour: [u8; 3]) -> String {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(width, height, Rgb(colour)).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    STANDARD.encode(bytes.into_inner())
}

async fn publish(server: &TestServer, scene: Value) -> Value {
    let (status, answer) = admin(server, "POST", "/api/scene", Some(scene)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The status and the words of an answer to a scene that is refused.
async fn refused(server: &TestServer, scene: Value) -> (u16, String) {
    let (status, answer) = admin(server, "POST", "/api/scene", Some(scene)).await;
    assert_eq!(answer["success"], false, "{answer}");
    (status, answer["message"].as_str().unwrap().to_owned())
}

async fn status_of(server: &TestServer, hash: &Value) -> u16 {
    http(server, "GET", &format!("/content/{}", hash.as_str().unwrap()), &[], "").await.status
}

#[tokio::test]
async fn players_are_told_every_field_of_a_scene_and_what_is_left_out_stays() {
    let server = TestServer::start().await;
    let (mut early, welcome) = server.join("Early").await;
    assert_eq!(welcome["scene"]["music"], "calm", "what a fresh server plays");
    let skins = json!([picture(20, 20, [200, 0, 0]), picture(20, 20, [0, 200, 0])]);
    let orb = picture(20, 20, [0, 0, 200]);
    let answer = publish(
        &server,
        json!({ "background_color": [9, 8, 7], "background_image": picture(40, 20, [1, 1, 1]),
                "player_skins": skins, "orb_skin": orb, "music": "pulse", "version": "party", "note": "hello" }),
    )
    .await;
    let update = early.wait_for("hot_update").await;
    assert_eq!(update["activate_tick"], answer["activate_tick"]);
    let scene = &update["scene"];
    assert_eq!((&scene["music"], &scene["background_color"]), (&json!("pulse"), &json!([9, 8, 7])));
    let [first, second] = [&scene["player_skins"][0], &scene["player_skins"][1]];
    assert_ne!(first, second);
    let mut bytes = 0;
    for hash in [&scene["background_image"], first, second, &scene["orb_skin"]] {
        let path = format!("/content/{}", hash.as_str().unwrap());
        let served = http(&server, "GET", &path, &[], "").await;
        assert_eq!(served.status, 200);
        bytes += served.header("content-length").unwrap().parse::<u64>().unwrap();
    }
    assert_eq!(scene["image_bytes"].as_u64(), Some(bytes), "what a preloader has before it");

    // One field, skins the other way round, by their hashes.
    let stored = |hash: &Value| json!({ "hash": hash });
    let turned = json!({ "player_skins": [stored(second), stored(first)], "version": "turned" });
    let turned = publish(&server, turned).await;
    assert_eq!(turned["scene"]["player_skins"], json!([second, first]));
    for field in ["background_color", "background_image", "orb_skin", "music", "image_bytes"] {
        assert_eq!(turned["scene"][field], scene[field], "{field}");
    }
    // The simple call keeps what it does not know.
    let simple = json!({ "background_color": [1, 2, 3], "background_image": null, "version": 4 });
    let (status, answer) = admin(&server, "POST", "/api/update_background", Some(simple)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!((&answer["scene"]["music"], answer["scene"].get("background_image")), (&json!("pulse"), None));
    let bare =
        publish(&server, json!({ "player_skins": [], "orb_skin": null, "music": "none", "version": 5 }))
            .await;
    for field in ["player_skins", "orb_skin", "music", "image_bytes"] {
        assert_eq!(bare["scene"].get(field), None, "{field}");
    }
    let data = server.stop().await;
    let server = TestServer::start_in(data, |_| ()).await;
    let (_, welcome) = server.join("Late").await;
    assert_eq!(welcome["scene"], bare["scene"], "also after a restart");
}

#[tokio::test]
async fn what_a_scene_cannot_have_is_refused_in_words_and_changes_nothing() {
    let server = TestServer::start().await;
    let gif = STANDARD.encode(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;");
    let nothing = "0".repeat(64);
    let script = admin(&server, "GET", "/api/releases/1", None).await.1["hash"].clone();
    for (field, value, words) in [
        ("music", json!("polka"), "none, calm, pulse and storm"),
        ("player_skins", json!(vec![picture(2, 2, [0; 3]); 9]), "at most 8"),
        ("player_skins", json!([gif]), "no PNG, JPEG or WebP"),
        ("orb_skin", json!("%%%"), "orb_skin is not base64"),
        ("orb_skin", json!({ "hash": nothing }), "upload it again"),
        ("background_image", json!({ "hash": script }), "upload it again"),
    ] {
        let (status, message) = refused(&server, json!({ "version": "x", field: value })).await;
        assert!(status == 422 && message.contains(words), "{status} {message}");
    }
    let (status, message) = refused(&server, json!({ "version": "x", "misic": "calm" })).await;
    assert!(status == 400 && message.contains("misic"), "{status} {message}");
    let (_, list) = admin(&server, "GET", "/api/releases", None).await;
    assert_eq!(list["releases"].as_array().unwrap().len(), 1, "{list}");
}

#[tokio::test]
async fn a_large_skin_is_served_small() {
    let server = TestServer::start().await;
    let answer =
        publish(&server, json!({ "player_skins": [picture(1_000, 600, [9, 9, 9])], "version": "big" })).await;
    let path = format!("/content/{}", answer["scene"]["player_skins"][0].as_str().unwrap());
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: arena\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut served = Vec::new();
    stream.read_to_end(&mut served).await.unwrap();
    let body = served.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    let image = image::load_from_memory(&served[body..]).unwrap();
    assert_eq!((image.width(), image.height()), (256, 154));
}

#[tokio::test]
async fn the_slower_of_two_who_change_the_scene_is_told_who_was_faster() {
    let server = TestServer::start().await;
    publish(&server, json!({ "music": "calm", "version": "a", "based_on": 0 })).await;
    let late = json!({ "music": "storm", "version": "b", "based_on": 0 });
    let (status, answer) = admin(&server, "POST", "/api/scene", Some(late)).await;
    assert_eq!((status, &answer["live"]), (409, &json!(2)), "{answer}");
    assert_eq!(answer["since"][0]["version"], "a", "{answer}");
}

#[tokio::test]
async fn two_scenes_are_compared_field_by_field_and_one_click_brings_the_earlier_one_back() {
    let server = TestServer::start().await;
    let first = publish(
        &server,
        json!({ "background_color": [9, 0, 0], "player_skins": [picture(8, 8, [7; 3])], "version": "first" }),
    )
    .await;
    publish(
        &server,
        json!({ "background_color": [0, 9, 0], "player_skins": [], "music": "storm", "version": "second" }),
    )
    .await;
    let (_, answer) = admin(&server, "POST", "/api/diff", Some(json!({ "from": 2, "to": 3 }))).await;
    assert_eq!((&answer["kind"], &answer["same"]), (&json!("scene"), &json!(false)), "{answer}");
    let fields = answer["fields"].as_array().unwrap();
    let of = |name: &str| fields.iter().find(|field| field["field"] == name).cloned();
    assert_eq!(of("background_color").unwrap()["from"], json!([9, 0, 0]));
    assert_eq!(
        (&of("music").unwrap()["from"], &of("music").unwrap()["to"]),
        (&json!("calm"), &json!("storm"))
    );
    assert_eq!((of("player_skins").unwrap()["to"].clone(), of("orb_skin")), (json!([]), None));
    let (status, _) = admin(&server, "POST", "/api/diff", Some(json!({ "from": 1, "to": 3 }))).await;
    assert_eq!(status, 422, "rules and a scene have nothing in common");

    let (mut player, _) = server.join("Ada").await;
    let (status, back) = admin(&server, "POST", "/api/releases/2/roll_back", Some(json!({}))).await;
    assert_eq!((status, &back["number"]), (200, &json!(4)), "{back}");
    let update = player.wait("the scene", |m| m["type"] == "hot_update" && m["scene"]["number"] == 4).await;
    let scene = &update["scene"];
    assert_eq!(scene["version"], "first");
    assert_eq!(scene["player_skins"], first["scene"]["player_skins"]);
    assert_eq!(scene["music"], "calm");
    let (_, release) = admin(&server, "GET", "/api/releases/4", None).await;
    assert_eq!(
        (&release["note"], &release["kind"]),
        (&json!("back to scene 2"), &json!("scene")),
        "{release}"
    );
    let (_, audit) = admin(&server, "GET", "/api/audit?action=publish", None).await;
    assert_eq!(audit["entries"][0]["release"], 4, "{audit}");
}

#[tokio::test]
async fn images_of_old_scenes_are_gone_and_going_back_there_is_refused() {
    let server = TestServer::start_with(|config| config.keep_scenes = 2).await;
    let scene = |shade: u8| json!({ "background_image": picture(16, 16, [shade; 3]), "version": "s" });
    let mut hashes = Vec::new();
    for shade in [10, 20, 30] {
        hashes.push(publish(&server, scene(shade)).await["scene"]["background_image"].clone());
    }
    let (mut player, _) = server.join("Ada").await;
    let collected = async {
        while status_of(&server, &hashes[0]).await != 410 {
            player.wait_for("snapshot").await;
        }
    };
    tokio::time::timeout(support::PATIENCE, collected).await.expect("the oldest image is collected");
    assert_eq!([status_of(&server, &hashes[1]).await, status_of(&server, &hashes[2]).await], [200, 200]);
    let (status, answer) = admin(&server, "POST", "/api/releases/2/roll_back", Some(json!({}))).await;
    assert_eq!(status, 410, "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("scene 2 are gone"), "{answer}");
    let (_, audit) = admin(&server, "GET", "/api/audit?action=collect", None).await;
    assert_eq!(audit["entries"].as_array().unwrap().len(), 1, "{audit}");
    // The scene after it can still come back.
    let (status, answer) = admin(&server, "POST", "/api/releases/3/roll_back", Some(json!({}))).await;
    assert_eq!((status, &answer["scene"]["background_image"]), (200, &hashes[1]), "{answer}");
    // A server that is told to keep less does so at its start.
    let data = server.stop().await;
    let server = TestServer::start_in(data, |config| config.keep_scenes = 1).await;
    let (mut player, _) = server.join("Ada").await;
    let collected = async {
        while status_of(&server, &hashes[2]).await != 410 {
            player.wait_for("snapshot").await;
        }
    };
    tokio::time::timeout(support::PATIENCE, collected).await.expect("what is too old goes at the start");
    assert_eq!(status_of(&server, &hashes[1]).await, 200, "the live scene stays whole");
}
