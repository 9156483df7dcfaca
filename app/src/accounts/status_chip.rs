//! The life-cycle as a circle that fills, so that progress reads down a column without reading a word.

use leptos::prelude::*;

use crate::domain::account_status::AccountStatus;
use crate::ui::html::Html;
use crate::ui::icon::Icon;

#[component]
pub fn StatusChip(status: AccountStatus) -> impl IntoView {
    let (class, icon) = look(status);
    view! {
        <span class=class>
            <Icon name=icon />
            {status.label()}
        </span>
    }
}

/// Adds the same to a row of a table.
pub fn status_chip(html: &mut Html, status: AccountStatus) {
    let (class, icon) = look(status);
    html.markup(r#"<span class=""#).markup(class).markup(r#"">"#).icon(icon).markup(status.label()).markup("</span>");
}

/// Class and icon.
const fn look(status: AccountStatus) -> (&'static str, &'static str) {
    match status {
        AccountStatus::Created => ("chip", "s0"),
        AccountStatus::InstallationSmsSent => ("chip", "s1"),
        AccountStatus::Installed => ("chip", "s2"),
        AccountStatus::ActivationSmsSent => ("chip", "s3"),
        AccountStatus::Activated => ("chip acc", "s4"),
        AccountStatus::Connected => ("chip ok", "s5"),
    }
}
