//! One operator: the form, and what can be done.

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;
use leptos_meta::Title;

use super::act::ActLine;
use super::groups::OperatorGroups;
use super::look;
use super::one_time::OneTimePassword;
use super::role::RoleChoice;
use crate::domain::secret::Secret;
use crate::error::AppError;
use crate::operators::api::{save_operator, show_operator};
use crate::operators::operator::use_operator;
use crate::operators::view::{OperatorAct, OperatorRow, OperatorState};
use crate::ui::address::use_id;
use crate::ui::error_summary::{ErrorSummary, bring_into_view, show_summary};
use crate::ui::error_view::FailedView;
use crate::ui::flash::{FlashLine, flash_here};
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, NeedsScript, Tone};
use crate::ui::time::When;

/// Where a one-time password is shown.
const MADE: &str = "one-time";

#[component]
pub fn EditOperator() -> impl IntoView {
    let id = use_id();
    let operator = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => show_operator(id).await,
                None => Err(AppError::nothing_here("There is no such operator.")),
            }
        },
    );
    // It outlives that the operator is read anew.
    let made = RwSignal::new(None::<Secret>);
    let changed = move |password: Option<Secret>| {
        made.set(password);
        operator.refetch();
    };
    view! {
        <Title text="Operator" />
        <Transition>
            {move || Suspend::new(async move {
                match operator.await {
                    Ok(operator) => view! { <Operator row=operator made=made changed=Callback::new(changed) /> }.into_any(),
                    Err(error) => {
                        view! { <FailedView error=error retry=move || operator.refetch() list=("Operators", "/operators") /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Operator(row: OperatorRow, made: RwSignal<Option<Secret>>, changed: Callback<Option<Secret>>) -> impl IntoView {
    let is_own = use_operator().is_some_and(|operator| operator.id == row.id);
    let (class, icon, words) = look(row.state);
    let name = row.name.clone();
    Effect::new(move |_| {
        if made.with(Option::is_some) {
            bring_into_view(MADE);
        }
    });
    view! {
        <Head
            title=row.name.clone()
            crumb=("Operators".to_owned(), "/operators".to_owned())
            beside=move || {
                view! {
                    <span class=class>
                        <Icon name=icon />
                        {words}
                    </span>
                }
            }
        />
        <FlashLine />
        <div id=MADE role="status" tabindex="-1">
            {move || made.get().map(|password| view! { <OneTimePassword name=name.clone() password=password /> })}
        </div>
        <Facts row=row.clone() />
        {if is_own {
            view! {
                <p class="note-of-own">
                    "This is you. Your password, second factor and sessions are under "
                    <a href="/me">"Your account"</a>
                    "; your role is for another admin to change, so that you cannot shut yourself out by mistake."
                </p>
            }
                .into_any()
        } else {
            view! {
                <OperatorForm row=row.clone() changed=changed />
                <OperatorGroups row=row.clone() changed=Callback::new(move |()| changed.run(None)) />
                <Acts row=row changed=changed />
            }
                .into_any()
        }}
    }
}

#[component]
fn Facts(row: OperatorRow) -> impl IntoView {
    view! {
        <dl class="facts of-operator">
            <div>
                <dt>"Last sign-in"</dt>
                <dd>
                    {match row.last_sign_in {
                        Some(at) => view! { <When at=at /> }.into_any(),
                        None => "never".into_any(),
                    }}
                </dd>
            </div>
            <div>
                <dt>"Second factor"</dt>
                <dd>{if row.has_second_factor { "yes" } else { "no" }}</dd>
            </div>
            <div>
                <dt>"Open sessions"</dt>
                <dd>{row.sessions}</dd>
            </div>
        </dl>
    }
}

#[component]
fn OperatorForm(row: OperatorRow, changed: Callback<Option<Secret>>) -> impl IntoView {
    let (id, opened_on) = (row.id, row.role);
    let role = RwSignal::new(opened_on);
    let message = RwSignal::new(None::<String>);
    let save = Action::new(move |(): &()| {
        let role = role.get_untracked();
        async move { save_operator(id, opened_on, role).await }
    });
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            flash_here("Operator updated");
            changed.run(None);
        }
        Some(Err(error)) => {
            message.set(Some(error.to_string()));
            show_summary();
        }
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        message.set(None);
        if !save.pending().get_untracked() {
            save.dispatch(());
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <ErrorSummary what="The operator was not saved" problems=Signal::stored(Vec::new()) message=message />
            <NeedsScript what="Changing an operator" />
            <section aria-labelledby="may-title">
                <h2 id="may-title">"What the operator may do"</h2>
                <RoleChoice role=role />
                <div class="row">
                    <button type="submit" class="btn main live" aria-busy=move || save.pending().get().then_some("true")>
                        "Save"
                    </button>
                    <span class="sub">"Another role ends the operator’s sessions."</span>
                </div>
            </section>
        </form>
    }
}

#[component]
fn Acts(row: OperatorRow, changed: Callback<Option<Secret>>) -> impl IntoView {
    let OperatorRow { id, name, state, has_second_factor, sessions, .. } = row;
    let is_disabled = state == OperatorState::Disabled;
    let acts = [
        (!is_disabled).then_some(OperatorAct::ResetPassword),
        (sessions > 0).then_some(OperatorAct::EndSessions),
        has_second_factor.then_some(OperatorAct::RemoveSecondFactor),
        Some(if is_disabled { OperatorAct::Enable } else { OperatorAct::Disable }),
    ];
    view! {
        <section class="deeds" aria-labelledby="access-title">
            <h2 id="access-title">"Access"</h2>
            {acts.into_iter().flatten().map(|act| view! { <ActLine id=id name=name.clone() act=act done=changed /> }).collect_view()}
        </section>
        {is_disabled
            .then(|| view! { <MessageLine tone=Tone::Warn>"While the operator is disabled, no password opens anything."</MessageLine> })}
    }
}
