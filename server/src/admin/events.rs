//! Live data for the admin tab, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use tokio::time::{MissedTickBehavior, interval};

use super::principal::Principal;
use super::{AdminState, api};

/// How often the list of clients is sent.
const CLIENTS_EVERY: Duration = Duration::from_secs(1);
/// The list of releases is sent at most so often.
const RELEASES_EVERY: Duration = Duration::from_millis(250);

/// What is due next.
enum Due {
    Clients,
    Releases,
    End,
}

/// `GET /api/events`: `clients` every second, `releases` at first and whenever it reads differently. Ends when the
/// server stops or the operator logs out.
pub(super) async fn stream(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut clients = interval(CLIENTS_EVERY);
    clients.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut changes = state.releases.subscribe();
    changes.mark_changed();
    let start = (state, principal, clients, changes);
    let events = futures_util::stream::unfold(start, move |start| async move {
        let (state, principal, mut clients, mut changes) = start;
        loop {
            let due = tokio::select! {
                () = state.shutdown.started() => Due::End,
                changed = changes.changed() => if changed.is_ok() { Due::Releases } else { Due::End },
                _ = clients.tick() => if state.auth.still_allows(&principal).await { Due::Clients } else { Due::End },
            };
            let event = match due {
                Due::End => return None,
                Due::Clients => {
                    Event::default().event("clients").json_data(api::clients_payload(&state).await)
                }
                Due::Releases => {
                    // Acks come in crowds; one event tells of all of them.
                    tokio::time::sleep(RELEASES_EVERY).await;
                    changes.mark_unchanged();
                    let Ok(payload) = api::releases_payload(&state).await else { continue };
                    Event::default().event("releases").json_data(payload)
                }
            };
            if let Ok(event) = event {
                return Some((Ok(event), (state, principal, clients, changes)));
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
