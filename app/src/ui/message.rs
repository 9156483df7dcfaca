//! The message line above the content: what happened, or what stands in the way.

use leptos::prelude::*;

use super::icon::Icon;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Warn,
    Bad,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Ok => "msg ok",
            Self::Warn => "msg warn",
            Self::Bad => "msg bad",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Ok => "check",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    /// Errors interrupt a screen reader, the rest waits for its turn.
    const fn role(self) -> &'static str {
        match self {
            Self::Bad => "alert",
            Self::Ok | Self::Warn => "status",
        }
    }
}

#[component]
pub fn MessageLine(tone: Tone, children: Children) -> impl IntoView {
    view! {
        <div class=tone.class() role=tone.role()>
            <Icon name=tone.icon() />
            <div>{children()}</div>
        </div>
    }
}

/// Says why a button that only works with JavaScript stays grey.
#[component]
pub fn NeedsScript(
    /// What cannot be done: "Deleting a group".
    what: &'static str,
) -> impl IntoView {
    view! {
        <noscript>
            <p class="help">{what} " needs JavaScript, which this browser does not run here."</p>
        </noscript>
    }
}
