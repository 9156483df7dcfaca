//! Edit Account: the form again, with Delete.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::api::edit_account_form;
use super::form::AccountForm;
use super::show_panels::DeleteAccount;
use crate::error::AppError;
use crate::ui::address::use_id;
use crate::ui::error_view::FailedView;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, NeedsScript, Tone};
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn EditAccountPage() -> impl IntoView {
    let id = use_id();
    let from_show = use_query_map().with_untracked(|query| query.get("back").as_deref() == Some("show"));
    let start = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => edit_account_form(id).await,
                None => Err(AppError::nothing_here("There is no such account.")),
            }
        },
    );
    let asking = RwSignal::new(false);
    view! {
        <Title text="Edit Account" />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match start.await {
                    Ok(start) => {
                        let saved = start.saved.clone();
                        let list = saved.as_ref().map_or_else(|| "/accounts".to_owned(), |account| format!("/accounts?group={}", account.group_id));
                        let (crumb, back) = if from_show {
                            ("Show Account", format!("/accounts/{}", start.id))
                        } else {
                            ("Account List", list.clone())
                        };
                        view! {
                            <Head
                                title="Edit Account"
                                crumb=(crumb.to_owned(), back.clone())
                                beside={
                                    let saved = saved.clone();
                                    move || saved.as_ref().map(|account| view! { <span class="sub" dir="auto">{account.title()}</span> })
                                }
                                actions=move || {
                                    view! {
                                        <button type="button" class="btn bad live" on:click=move |_| asking.set(true)>
                                            <Icon name="trash" />
                                            <span class="txt">"Delete"</span>
                                        </button>
                                    }
                                }
                            />
                            <NeedsScript what="Deleting an account" />
                            {saved
                                .map(|account| {
                                    let outdated = account.outdated_words();
                                    view! {
                                        {outdated.map(|words| view! { <MessageLine tone=Tone::Warn>{words}</MessageLine> })}
                                        <DeleteAccount account=account open=asking />
                                    }
                                })}
                            <AccountForm start=start back=back />
                        }
                            .into_any()
                    }
                    Err(error) => {
                        view! { <FailedView error=error retry=move || start.refetch() list=("Account List", "/accounts") /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}
