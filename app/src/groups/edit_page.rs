//! Edit Group, with Delete.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map};
use uuid::Uuid;

use super::api::{delete_group, group_form};
use super::form::GroupForm;
use crate::error::AppError;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::error_view::FailedView;
use crate::ui::flash::{Flash, flash_next};
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::message::NeedsScript;

#[component]
pub fn EditGroupPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| Uuid::parse_str(&id).ok())));
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
                            <DeleteGroup id=id name=name open=asking />
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

#[component]
fn DeleteGroup(id: Uuid, name: String, open: RwSignal<bool>) -> impl IntoView {
    let navigate = use_navigate();
    let title = format!("Delete the group {name}?");
    let delete = Action::new(move |(): &()| delete_group(id));
    let problem = Signal::derive(move || match delete.value().get() {
        Some(Err(error)) => Some(error.to_string()),
        _ => None,
    });
    Effect::new(move |_| {
        if matches!(delete.value().get(), Some(Ok(()))) {
            flash_next(Flash { text: "Group deleted".into(), link: None });
            navigate("/groups", Default::default());
        }
    });
    view! {
        <ConfirmDialog
            open=open
            title=title
            action="Delete"
            busy=delete.pending()
            problem=problem
            on_confirm=move || {
                delete.dispatch(());
            }
        >
            <p>"Only a group without accounts can be deleted. This cannot be undone."</p>
        </ConfirmDialog>
    }
}
