//! Edit Provisioning Profile, with Make default and Delete.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_navigate;

use super::address_of;
use super::api::{delete_profile, make_default_profile, profile_form};
use super::form::ProfileForm;
use super::view::ProfileFormStart;
use crate::error::AppError;
use crate::ui::address::use_id;
use crate::ui::dialog::DeleteDialog;
use crate::ui::error_view::FailedView;
use crate::ui::flash::{Flash, flash_next};
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, NeedsScript, Tone};

#[component]
pub fn EditProfilePage() -> impl IntoView {
    let id = use_id();
    let start = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => profile_form(Some(id)).await,
                None => Err(AppError::nothing_here("There is no such provisioning profile.")),
            }
        },
    );
    view! {
        <Title text="Edit Provisioning Profile" />
        <Transition>
            {move || Suspend::new(async move {
                match start.await {
                    Ok(start) => view! { <EditProfile start=start /> }.into_any(),
                    Err(error) => {
                        view! { <FailedView error=error retry=move || start.refetch() list=("Provisioning Profiles", "/profiles") /> }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn EditProfile(start: ProfileFormStart) -> impl IntoView {
    let (id, is_default) = (start.id, start.is_default);
    let name = start.name.clone();
    let asking = RwSignal::new(false);
    let make_default = Action::new(move |(): &()| make_default_profile(id));
    let problem = move || match make_default.value().get() {
        Some(Err(error)) => Some(view! { <MessageLine tone=Tone::Bad>{error.to_string()}</MessageLine> }),
        _ => None,
    };
    let navigate = use_navigate();
    let made = name.clone();
    Effect::new(move |_| {
        if matches!(make_default.value().get(), Some(Ok(()))) {
            flash_next(Flash { text: "The service’s default is now".into(), link: Some((made.clone(), address_of(id))) });
            navigate("/profiles", Default::default());
        }
    });
    view! {
        <Head
            title="Edit Provisioning Profile"
            crumb=("Provisioning Profiles".to_owned(), "/profiles".to_owned())
            beside=move || {
                is_default
                    .then(|| {
                        view! {
                            <span class="chip acc">
                                <Icon name="check" />
                                "default"
                            </span>
                        }
                    })
            }
            actions=move || {
                (!is_default)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="btn live"
                                aria-busy=move || make_default.pending().get().then_some("true")
                                on:click=move |_| {
                                    if !make_default.pending().get_untracked() {
                                        make_default.dispatch(());
                                    }
                                }
                            >
                                <Icon name="check" />
                                <span class="txt">"Make default"</span>
                            </button>
                            <button type="button" class="btn bad live" on:click=move |_| asking.set(true)>
                                <Icon name="trash" />
                                <span class="txt">"Delete"</span>
                            </button>
                        }
                    })
            }
        />
        {problem}
        {if is_default {
            view! {
                <p class="help">
                    "The service’s default: groups and accounts that choose no profile get this one. It cannot be deleted while it is the default."
                </p>
            }
                .into_any()
        } else {
            view! {
                <NeedsScript what="Making a profile the default, or deleting one," />
                <DeleteDialog
                    open=asking
                    title=format!("Delete the provisioning profile {name}?")
                    delete=move || delete_profile(id)
                    done="Provisioning profile deleted"
                    list="/profiles"
                >
                    <p>"Only a profile that no group and no account has chosen can be deleted. This cannot be undone."</p>
                </DeleteDialog>
            }
                .into_any()
        }}
        <ProfileForm start=start editing=true />
    }
}
