//! That a phone is registered, and until when: it is over then, unless the phone registers again before.

use leptos::prelude::*;

use crate::ui::html::Html;
use crate::ui::icon::Icon;
use crate::ui::time::{Clock, clock};

#[component]
pub fn OnlineChip(
    /// Milliseconds since 1970 UTC.
    until: i64,
) -> impl IntoView {
    view! {
        <span class="chip ok">
            <Icon name="signal" />
            <span>"online until " <Clock at=until /></span>
        </span>
    }
}

/// Adds the same to a row of a table, under the status of the account.
pub fn online_chip(html: &mut Html, until: i64) {
    html.markup(r#"<span class="chip bare ok on">"#).icon("signal").markup("<span>online until ");
    clock(html, until);
    html.markup("</span></span>");
}
