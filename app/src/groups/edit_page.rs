//! Edit Group, with Delete.

use leptos::prelude::*;
use leptos_meta::Title;

use super::api::{delete_group, group_form};
use super::form::GroupForm;
use crate::error::AppError;
use crate::ui::address::use_id;
use crate::ui::dialog::DeleteDialog;
use crate::ui::error_view::FailedView;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::message::NeedsScript;

#[component]
pub fn EditGroupPage() -> impl IntoView {
    let id = use_id();
    let start = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => group_form(Some(id)).await,
                None => Err(AppError::nothing_here("There is no such group.")),
            }
        },
    );
    let asking = RwSignal::new(false);
    view! {
        <Title text="Edit Group" />
        <Transition>
            {move || Suspend::new(async move {
                match start.await {
                    Ok(start) => {
                        let (id, name) = (start.id, start.draft.name.clone());
                        view! {
                            <Head
                                title="Edit Group"
                                crumb=("Groups".to_owned(), "/groups".to_owned())
                                actions=move || {
                                    view! {
                                        <button type="button" class="btn bad live" on:click=move |_| asking.set(true)>
                                            <Icon name="trash" />
                                            <span class="txt">"Delete"</span>
                                        </button>
                                    }
                                }
                            />
                            <NeedsScript what="Deleting a group" />
                            <DeleteDialog
                                open=asking
                                title=format!("Delete the group {name}?")
                                delete=move || delete_group(id)
                                done="Group deleted"
                                list="/groups"
                            >
                                <p>"Only a group without accounts can be deleted. This cannot be undone."</p>
                            </DeleteDialog>
                            <GroupForm start=start editing=true />
                        }
                            .into_any()
                    }
                    Err(error) => {
                        view! { <FailedView error=error retry=move || start.refetch() list=("Group List", "/groups") /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}
