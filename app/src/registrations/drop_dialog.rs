//! The question before a registration is dropped.

use leptos::prelude::*;
use uuid::Uuid;

use super::api::drop_registration;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::dynamic::text;
use crate::ui::flash::flash_here;

/// Whose registration somebody wants to drop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub account: Uuid,
    /// As people call the account.
    pub title: String,
    pub username: String,
}

/// Asks whenever `asked` is set, and drops; `done` is called then.
#[component]
pub fn DropDialog(asked: RwSignal<Option<Asked>>, done: Callback<()>) -> impl IntoView {
    let open = RwSignal::new(false);
    let drop = Action::new(|account: &Uuid| drop_registration(*account));
    let of = Memo::new(move |_| asked.get().unwrap_or_default());
    Effect::new(move |_| {
        if asked.with(Option::is_some) {
            drop.clear();
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if matches!(drop.value().get(), Some(Ok(()))) {
            open.set(false);
            flash_here("Registration dropped");
            done.run(());
        }
    });
    let problem = Signal::derive(move || drop.value().get().and_then(Result::err).map(|error| error.to_string()));
    view! {
        <ConfirmDialog
            open=open
            title=text(move || format!("Drop the registration of {}?", of.get().title))
            action="Drop registration"
            busy=drop.pending()
            problem=problem
            on_confirm=move || {
                drop.dispatch(of.get_untracked().account);
            }
        >
            <p>
                "Username " <b>{text(move || of.get().username)}</b>
                ". The phone is offline, and cannot be called, until it registers again, which most do by themselves within minutes."
            </p>
            <p>"To keep it out, disable the account."</p>
        </ConfirmDialog>
    }
}
