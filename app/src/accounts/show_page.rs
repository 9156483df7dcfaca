//! Show Account: every field but the password, the life cycle, the history, and what can be done.

use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

use super::api::{account_now, show_account};
use super::show_actions::{ActionDialogs, Actions, Acts, next_step};
use super::show_messages::Messages;
use super::show_panels::{DeleteAccount, Facts, History, LifeCycle};
use super::show_registration::RegistrationPanel;
use super::status_chip::StatusChip;
use super::view::AccountDetails;
use crate::domain::role::Role;
use crate::error::AppError;
#[cfg(feature = "hydrate")]
use crate::live::expiry::tell_expiry;
use crate::live::follow::follow;
use crate::operators::operator::role_allows;
use crate::registrations::online_chip::OnlineChip;
use crate::ui::address::use_id;
use crate::ui::dialog::is_idle;
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, NeedsScript, Tone};
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn ShowAccountPage() -> impl IntoView {
    let id = use_id();
    // What was fetched beforehand, since somebody has changed it.
    let fetched = StoredValue::new(None::<(Uuid, Result<AccountDetails, AppError>)>);
    let details = Resource::new_blocking(
        move || id.get(),
        move |id| {
            let fetched = fetched.try_update_value(Option::take).flatten();
            async move {
                match (id, fetched) {
                    (Some(id), Some((of, answer))) if of == id => answer,
                    (Some(id), _) => show_account(id).await,
                    (None, _) => Err(AppError::nothing_here("There is no such account.")),
                }
            }
        },
    );
    let acts = Acts::default();
    let refresh = Callback::new(move |()| details.refetch());
    // When the registration that is shown is over.
    let until = RwSignal::new(None);
    #[cfg(feature = "hydrate")]
    tell_expiry(move || until.get());
    follow(
        move |changes| id.get_untracked().is_some_and(|id| changes.concern(id)),
        is_idle,
        move |_| async move {
            let Some(Some(of)) = id.try_get_untracked() else { return true };
            let answer = account_now(of).await;
            // Who misses an answer is told to look at everything as soon as there are answers again.
            if !matches!(answer, Ok(_) | Err(AppError::NotFound(_))) || details.try_get_untracked().flatten().as_ref() == Some(&answer) {
                return true;
            }
            let idle = is_idle();
            if idle {
                fetched.set_value(Some((of, answer)));
                details.refetch();
            }
            idle
        },
    );
    view! {
        <Title text="Show Account" />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match details.await {
                    Ok(found) => {
                        until.set(found.online.as_ref().map(|online| online.until));
                        view! { <Details details=found acts=acts refresh=refresh /> }.into_any()
                    }
                    Err(error) => {
                        view! { <FailedView error=error retry=move || details.refetch() list=("Account List", "/accounts") /> }.into_any()
                    }
                }
            })}
        </Transition>
        <ActionDialogs acts=acts done=refresh />
    }
}

#[component]
fn Details(details: AccountDetails, acts: Acts, refresh: Callback<()>) -> impl IntoView {
    let AccountDetails { account, online, events, messages, history } = details;
    let until = online.as_ref().map(|online| online.until);
    let may_edit = role_allows(Role::Operator);
    let status = account.last_status;
    let here = format!("/accounts/{}", account.id);
    let edit = format!("{here}/edit?back=show");
    let asking = RwSignal::new(false);
    // One action stands out.
    let has_next = next_step(&account).is_some();
    let list = format!("/accounts?group={}", account.group_id);
    view! {
        <Head
            title=account.title()
            crumb=("Account List".to_owned(), list)
            beside=move || {
                view! { <StatusChip status=status /> {until.map(|until| view! { <OnlineChip until=until /> })} }
            }
            actions=move || {
                let edit = edit.clone();
                view! {
                    // A link, which works without WASM; with it, only the data is asked for anew and not the page.
                    <a
                        class="btn"
                        href=here.clone()
                        rel="external"
                        on:click=move |event| {
                            event.prevent_default();
                            refresh.run(());
                        }
                    >
                        <Icon name="refresh" />
                        <span class="txt">"Refresh"</span>
                    </a>
                    {may_edit
                        .then(|| {
                            view! {
                                <button type="button" class="btn bad live" on:click=move |_| asking.set(true)>
                                    <Icon name="trash" />
                                    <span class="txt">"Delete"</span>
                                </button>
                                <a href=edit class=if has_next { "btn" } else { "btn main" }>
                                    <Icon name="edit" />
                                    <span class="txt">"Edit"</span>
                                </a>
                            }
                        })}
                }
            }
        />
        <FlashLine />
        {account.outdated_words().map(|words| view! { <MessageLine tone=Tone::Warn>{words}</MessageLine> })}
        {may_edit
            .then(|| {
                view! {
                    <NeedsScript what="Sending an SMS, deleting, enabling or disabling an account" />
                    <Actions account=account.clone() acts=acts refresh=refresh />
                    <DeleteAccount account=account.clone() open=asking />
                }
            })}
        <div class="split">
            <div class="stackv">
                <Facts account=account.clone() />
                <Messages messages=messages username=account.username.clone() number=account.number.clone() />
            </div>
            <div class="stackv">
                <RegistrationPanel account=account.clone() online=online acts=acts />
                <LifeCycle events=events />
                <History entries=history />
            </div>
        </div>
    }
}
