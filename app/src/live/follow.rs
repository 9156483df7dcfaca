//! How screens follow what changes.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::view::Changes;

/// Between two looks of one screen: however much changes, it asks twice a second at most.
const PAUSE: Duration = Duration::from_millis(500);
/// A screen that is busy is asked again after this time.
const BUSY: Duration = Duration::from_millis(100);

/// What has changed last, on the one line of this page.
#[derive(Clone, Copy)]
struct Live(RwSignal<Changes>);

/// To be called once, around the screens that are signed in: opens the line and keeps it open.
pub fn provide_live() {
    let changes = RwSignal::new(Changes::default());
    provide_context(Live(changes));
    Effect::new(move |_| {
        let owner = Owner::current();
        spawn_local(async move {
            // Without it, after a release, the page is as it was until it is loaded anew.
            if let (Ok(open), Some(owner)) = (fetch_line().await, owner)
                && !changes.is_disposed()
            {
                owner.with(|| open(changes));
            }
        });
    });
}

/// What opens the line: in a chunk of its own, since a page is there and alive before it is needed.
#[wasm_split(live, wasm_split_path = ::leptos::wasm_split, fallible)]
fn fetch_line() -> Result<fn(RwSignal<Changes>), SplitLoaderError> {
    Ok(super::line::open)
}

/// Calls `look` with what has changed as long as the screen is there, of what `concerns` it, when it is `ready`; what comes
/// meanwhile is gathered. A look that could not be finished gives false, and is made once more.
pub fn follow<Looked>(
    concerns: impl Fn(&Changes) -> bool + 'static,
    ready: impl Fn() -> bool + 'static,
    look: impl Fn(Changes) -> Looked + 'static,
) where
    Looked: Future<Output = bool> + 'static,
{
    let Some(Live(changes)) = use_context::<Live>() else { return };
    let follower = Follower {
        ready: StoredValue::new_local(Box::new(ready)),
        look: StoredValue::new_local(Box::new(move |changes| Box::pin(look(changes)))),
        gathered: StoredValue::new(Changes::default()),
        looking: StoredValue::new(false),
    };
    Effect::new(move |before: Option<()>| {
        let told = changes.get();
        // What was told before the screen came is in what it shows.
        if before.is_some() && concerns(&told) {
            follower.gather(told);
            if !follower.looking.get_value() {
                follower.go_on();
            }
        }
    });
}

type Look = Box<dyn Fn(Changes) -> std::pin::Pin<Box<dyn Future<Output = bool>>>>;

#[derive(Clone, Copy)]
struct Follower {
    ready: StoredValue<Box<dyn Fn() -> bool>, LocalStorage>,
    look: StoredValue<Look, LocalStorage>,
    gathered: StoredValue<Changes>,
    looking: StoredValue<bool>,
}

impl Follower {
    /// Does nothing when the screen is gone.
    fn gather(self, changes: Changes) {
        self.gathered.try_update_value(|gathered| gathered.merge(changes));
    }

    fn go_on(self) {
        let Some(waiting) = self.gathered.try_get_value() else { return };
        self.looking.set_value(!waiting.is_none());
        if waiting.is_none() {
            return;
        }
        if !self.ready.with_value(|ready| ready()) {
            return set_timeout(move || self.go_on(), BUSY);
        }
        self.gathered.set_value(Changes::default());
        let looked = self.look.with_value(|look| look(waiting.clone()));
        spawn_local(async move {
            if !looked.await {
                self.gather(waiting);
            }
            set_timeout(move || self.go_on(), PAUSE);
        });
    }
}
