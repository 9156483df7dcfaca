//! The groups that an operator is limited to.

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;
use uuid::Uuid;

use crate::domain::role::Role;
use crate::operators::group_limit::GroupLimit;
use crate::operators::groups_field::GroupsField;
use crate::operators::limits_api::{limit_operator, operator_groups};
use crate::operators::view::OperatorRow;
use crate::ui::error_view::FailedView;
use crate::ui::flash::flash_here;

#[component]
pub fn OperatorGroups(row: OperatorRow, changed: Callback<()>) -> impl IntoView {
    let OperatorRow { id, role, .. } = row;
    let limit = Resource::new_blocking(|| (), move |()| operator_groups(id));
    let content = move || {
        Suspend::new(async move {
            if role == Role::Admin {
                return view! {
                    <div class="form">
                        <section aria-labelledby="groups-title">
                            <h2 id="groups-title">"What the operator sees"</h2>
                            <p class="help">"Admins see all groups."</p>
                        </section>
                    </div>
                }
                .into_any();
            }
            match limit.await {
                Ok(limit) => view! { <LimitForm id=id limit=limit changed=changed /> }.into_any(),
                Err(error) => view! { <FailedView error=error retry=move || limit.refetch() /> }.into_any(),
            }
        })
    };
    view! { <Transition>{content}</Transition> }
}

#[component]
fn LimitForm(id: Uuid, limit: GroupLimit, changed: Callback<()>) -> impl IntoView {
    let chosen = RwSignal::new(limit.chosen.clone());
    let problem = RwSignal::new(None::<String>);
    let save = Action::new(move |(): &()| {
        let groups = chosen.get_untracked();
        async move { limit_operator(id, groups).await }
    });
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            flash_here("Operator updated");
            changed.run(());
        }
        Some(Err(error)) => problem.set(Some(error.to_string())),
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        problem.set(None);
        if !save.pending().get_untracked() {
            save.dispatch(());
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <section aria-labelledby="groups-title">
                <h2 id="groups-title">"What the operator sees"</h2>
                <GroupsField limit=limit chosen=chosen error=problem />
                <div class="row">
                    <button type="submit" class="btn main live" aria-busy=move || save.pending().get().then_some("true")>
                        "Save groups"
                    </button>
                    <span class="sub">"It holds from the operator’s next click on."</span>
                </div>
            </section>
        </form>
    }
}
