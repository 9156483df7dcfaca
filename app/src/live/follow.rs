//! How screens follow what changes.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::view::Changes;

/// The one line of this page.
#[derive(Clone, Copy)]
pub struct Live {
    /// What has changed last.
    pub changes: RwSignal<Changes>,
    /// Whether the line is open: what changes is heard.
    pub is_open: RwSignal<bool>,
}

/// To be called once, around the screens that are signed in: opens the line and keeps it open.
pub fn provide_live() {
    let live = Live { changes: RwSignal::new(Changes::default()), is_open: RwSignal::new(false) };
    provide_context(live);
    Effect::new(move |_| {
        let owner = Owner::current();
        spawn_local(async move {
            // Without it, after a release, the page is as it was until it is loaded anew.
            if let (Ok(open), Some(owner)) = (fetch_line().await, owner)
                && !live.changes.is_disposed()
            {
                owner.with(|| open(live));
            }
        });
    });
}

/// What opens the line: in a chunk of its own, since a page is there and alive before it is needed.
#[wasm_split(live, wasm_split_path = ::leptos::wasm_split, fallible)]
fn fetch_line() -> Result<fn(Live), SplitLoaderError> {
    Ok(super::line::open)
}

/// Calls `look` with what has changed as long as the screen is there, of what `concerns` it, when it is `ready`; what comes
/// meanwhile is gathered. A look that could not be finished gives false, and is made once more. On the server nothing is called.
pub fn follow<Looked>(
    concerns: impl Fn(&Changes) -> bool + 'static,
    ready: impl Fn() -> bool + 'static,
    look: impl Fn(Changes) -> Looked + 'static,
) where
    Looked: Future<Output = bool> + 'static,
{
    // There a page is made by many threads in turn, and these are for one.
    #[cfg(not(feature = "hydrate"))]
    drop((concerns, ready, look));
    #[cfg(feature = "hydrate")]
    super::follower::follow(concerns, Box::new(ready), Box::new(move |changes| Box::pin(look(changes))));
}
