//! Groups 12 and 13: `permessage-deflate`, which this server does not speak. Who offers it gets none, and plays.

use crate::peer::{Cut, FIN, Peer, Seen, TEXT, UPGRADE, frame, heartbeat, with};
use crate::run::Run;

/// Offers as the suite and browsers make them.
const OFFERS: [(&str, &str); 8] = [
    ("12.1", "permessage-deflate"),
    ("13.1", "permessage-deflate; client_no_context_takeover; client_max_window_bits"),
    ("13.2", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
    ("13.3", "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9"),
    ("13.4", "permessage-deflate; server_max_window_bits=15; client_max_window_bits=15"),
    ("13.5", "permessage-deflate; server_no_context_takeover; server_max_window_bits=9"),
    ("13.6", "permessage-deflate; server_no_context_takeover; server_max_window_bits=15"),
    (
        "13.7",
        "permessage-deflate; server_max_window_bits=9, permessage-deflate; no_such_thing, x-webkit-deflate-frame",
    ),
];

#[tokio::test]
async fn groups_12_and_13_who_offers_compression_gets_none_and_plays() {
    let mut run = Run::start("12-13").await;
    for (number, offer) in OFFERS {
        let outcome = offered(&run, offer).await;
        run.note(number, outcome);
    }
    run.finish();
}

/// A client that offers `offer` plays uncompressed; what it compresses all the same is refused.
async fn offered(run: &Run, offer: &str) -> Result<(), String> {
    let request = with(UPGRADE, &format!("Sec-WebSocket-Extensions: {offer}\r\n"));
    let (mut peer, head) = Peer::ask(&run.server, &request).await;
    if !head.starts_with("http/1.1 101 ") || head.contains("sec-websocket-extensions") {
        return Err(head);
    }
    peer.say_hello().await;
    let compressed = frame(FIN | 0x40 | TEXT, b"\xaa\x56\x2a\x01\x00");
    let message = frame(FIN | TEXT, &heartbeat(12, 200));
    peer.send(&[message, compressed], Cut::Whole).await;
    for wanted in [Seen::Ack(12.0), Seen::Close(Some(1002))] {
        let found = peer.next().await?;
        if found != wanted {
            return Err(format!("{found:?} instead of {wanted:?}"));
        }
    }
    Ok(())
}
