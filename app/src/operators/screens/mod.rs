//! The Operators page: the list, a new operator, and one operator.

mod act;
mod edit;
mod groups;
mod list;
mod new;
mod one_time;
mod role;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use self::edit::EditOperator;
use self::list::OperatorListPage;
use self::new::NewOperator;
use super::view::OperatorState;

/// One route for all of them: its code is fetched at once, and what every page loads stays small.
#[component]
pub fn OperatorsPage() -> impl IntoView {
    let params = use_params_map();
    let which = Memo::new(move |_| params.with(|params| params.get("id")));
    move || match which.get().as_deref() {
        None => view! { <OperatorListPage /> }.into_any(),
        Some("new") => view! { <NewOperator /> }.into_any(),
        Some(_) => view! { <EditOperator /> }.into_any(),
    }
}

/// Class, icon and words of a state.
const fn look(state: OperatorState) -> (&'static str, &'static str, &'static str) {
    match state {
        OperatorState::Active => ("chip bare", "yes", "active"),
        OperatorState::MustChangePassword => ("chip warn", "clock", "must change password"),
        OperatorState::Disabled => ("chip", "no", "disabled"),
    }
}
