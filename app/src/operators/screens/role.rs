//! The choice of a role.

use leptos::prelude::*;

use crate::domain::role::Role;
use crate::ui::segments::Segments;

const ROLES: &[&str] = &[Role::Viewer.as_str(), Role::Operator.as_str(), Role::Admin.as_str()];

#[component]
pub fn RoleChoice(role: RwSignal<Role>) -> impl IntoView {
    view! {
        <Segments
            name="role"
            label="Role"
            choices=ROLES
            value=Signal::derive(move || role.get().as_str().to_owned())
            on_change=move |chosen: &'static str| {
                if let Ok(chosen) = chosen.parse() {
                    role.set(chosen);
                }
            }
            error=Signal::stored(None::<String>)
            help=move || {
                move || match role.get() {
                    Role::Viewer => "Reads everything, and changes nothing.",
                    Role::Operator => "Also makes, changes and deletes accounts, imports files and sends SMSes.",
                    Role::Admin => "Also keeps groups, provisioning profiles, settings and operators.",
                }
            }
        />
    }
}
