//! A screen that follows what changes, in the browser.

use std::pin::Pin;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::follow::Live;
use super::view::Changes;

/// Between two looks of one screen: however much changes, it asks twice a second at most.
const PAUSE: Duration = Duration::from_millis(500);
/// A screen that is busy is asked again after this time.
const BUSY: Duration = Duration::from_millis(100);

type Ready = Box<dyn Fn() -> bool>;
type Look = Box<dyn Fn(Changes) -> Pin<Box<dyn Future<Output = bool>>>>;

/// See [`super::follow::follow`].
pub fn follow(concerns: impl Fn(&Changes) -> bool + 'static, ready: Ready, look: Look) {
    let Some(Live { changes, .. }) = use_context::<Live>() else { return };
    let follower = Follower {
        ready: StoredValue::new_local(ready),
        look: StoredValue::new_local(look),
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

#[derive(Clone, Copy)]
struct Follower {
    ready: StoredValue<Ready, LocalStorage>,
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
