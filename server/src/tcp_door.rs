//! The TCP door, `--tcp-port`: the messages of `hotswap.v1.json`, each behind its [length](crate::transport::length).

use std::net::SocketAddr;
use std::time::Duration;

use protocol::Encoding;
use tokio::net::{TcpListener, TcpStream};

use crate::edge::Edge;
use crate::session::Peer;
use crate::session::agent::Agent;
use crate::transport::{Outgoing, Wire, length};

/// How long the listener rests when the system has no more sockets.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// Takes connections until the server stops.
pub(crate) async fn serve(listener: TcpListener, edge: Edge) {
    loop {
        let accepted = tokio::select! {
            () = edge.shutdown.started() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => open(stream, address, &edge),
            Err(error) => {
                tracing::warn!("a TCP connection could not be taken: {error}");
                tokio::time::sleep(OUT_OF_SOCKETS).await;
            }
        }
    }
}

fn open(stream: TcpStream, address: SocketAddr, edge: &Edge) {
    if let Err(error) = crate::tune(&stream) {
        tracing::debug!("a connection could not be tuned: {error}");
    }
    let guest = match edge.admit(address) {
        Ok(guest) => guest,
        Err(turned) => {
            let mut goodbye = Vec::new();
            let code = protocol::CloseCode::Full.code();
            length::write(&mut goodbye, &Outgoing::Close(Some((code, &turned.to_string()))));
            // A connection that takes nothing gets no reason.
            let _ = Wire::try_write(&stream, &goodbye);
            return;
        }
    };
    tokio::spawn(
        guest.play_lengths(stream, Peer { address, encoding: Encoding::Json, agent: Agent::default() }),
    );
}
