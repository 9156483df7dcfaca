//! `GET /live`: what changes, as server-sent events, for as long as the operator may see it.

use std::sync::Arc;
use std::time::Duration;

use app::access::{may, operator_of};
use app::domain::role::Role;
use app::live::feed::{Listener, Told};
use app::live::view::Changes;
use app::operators::operator::Operator;
use app::operators::session_store::{PostgresSessions, looking};
use app::state::AppState;
use axum::extract::{Extension, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio::time::timeout;
use tower_sessions::Session;
use tower_sessions::session::Id;

/// After a stream has ended, a browser that opens it by itself waits this long.
const RETRY: Duration = Duration::from_secs(1);
/// Proxies that gather an answer before they pass it on must not gather this one.
const NOT_GATHERED: (HeaderName, HeaderValue) = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// The stream. It begins with an event that makes the page look at everything.
pub async fn listen(State(state): State<AppState>, Extension(operator): Extension<Operator>, session: Session) -> Response {
    let listener = state.live.listen(&state.pool, operator);
    let reader = Reader { listener, session: session.id(), state };
    let events = stream::unfold(reader, |mut reader| async {
        let event = reader.next().await?;
        Some((event, reader))
    });
    ([NOT_GATHERED], Sse::new(events)).into_response()
}

struct Reader {
    listener: Listener,
    session: Option<Id>,
    state: AppState,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<Event, axum::Error>> {
        let changes = match self.listener.next().await? {
            Told::Changes(changes) => changes,
            Told::Heartbeat if !self.may_listen().await => return None,
            Told::Heartbeat => Changes::default(),
        };
        Some(Event::default().retry(RETRY).json_data(changes))
    }

    /// Whether the session is still there, and its operator still may look, at the same groups. While the database is away nothing is told.
    async fn may_listen(&self) -> bool {
        let session = Session::new(self.session, Arc::new(PostgresSessions::new(self.state.pool.clone())), None);
        match timeout(self.state.longest_answer, looking(operator_of(&self.state, &session))).await {
            Ok(Ok(operator)) => operator.is_some_and(|operator| may(&operator, Role::Viewer) && self.listener.is_of(&operator)),
            Ok(Err(_)) | Err(_) => true,
        }
    }
}
