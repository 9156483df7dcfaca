//! A question before an action that cannot be taken back: Enter confirms, Escape cancels.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::flash::{Flash, flash_next};
use super::icon::Icon;
use crate::error::AppError;

/// A native modal dialog, open while `open` is true.
#[component]
pub fn ConfirmDialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// The button that acts: "Delete".
    action: &'static str,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] problem: Signal<Option<String>>,
    on_confirm: impl Fn() + 'static,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if open.get() {
            // Fails only when the dialog is open already.
            let _ = dialog.show_modal();
        } else {
            dialog.close();
        }
    });
    view! {
        <dialog class="dlg" node_ref=dialog aria-label=title on:close=move |_| open.set(false)>
            <form
                method="dialog"
                on:submit=move |event| {
                    event.prevent_default();
                    if !busy.get_untracked() {
                        on_confirm();
                    }
                }
            >
                <header>
                    <h2 dir="auto">{title}</h2>
                </header>
                <div class="pad">
                    {children()}
                    <div role="alert">
                        {move || {
                            problem
                                .get()
                                .map(|text| {
                                    view! {
                                        <div class="msg bad">
                                            <Icon name="bad" />
                                            <div>{text}</div>
                                        </div>
                                    }
                                })
                        }}
                    </div>
                </div>
                <footer>
                    <button type="button" class="btn" on:click=move |_| open.set(false)>
                        "Cancel"
                    </button>
                    <button type="submit" class="btn kill" autofocus aria-busy=move || busy.get().then_some("true")>
                        {action}
                    </button>
                </footer>
            </form>
        </dialog>
    }
}

/// Asks before one thing is deleted, and leaves for the list that it was in.
#[component]
pub fn DeleteDialog<Delete, Deleted>(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    delete: Delete,
    /// What is told then: "Group deleted".
    done: &'static str,
    /// The address of the list.
    #[prop(into)]
    list: String,
    /// What it means.
    children: Children,
) -> impl IntoView
where
    Delete: Fn() -> Deleted + Send + Sync + 'static,
    Deleted: Future<Output = Result<(), AppError>> + Send + 'static,
{
    let navigate = use_navigate();
    let delete = Action::new(move |(): &()| delete());
    let problem = Signal::derive(move || match delete.value().get() {
        Some(Err(error)) => Some(error.to_string()),
        _ => None,
    });
    Effect::new(move |_| {
        if matches!(delete.value().get(), Some(Ok(()))) {
            open.set(false);
            flash_next(Flash { text: done.into(), link: None });
            navigate(&list, Default::default());
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
            {children()}
        </ConfirmDialog>
    }
}

/// Whether the screen may change by itself: no dialog is open, and nothing that was begun is on its way.
pub fn is_idle() -> bool {
    document().query_selector("dialog[open], [aria-busy=true]").is_ok_and(|busy| busy.is_none())
}

/// For a dialog that is there only while it is open.
pub fn open_at_once() -> NodeRef<html::Dialog> {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            // Fails only when the dialog is open already.
            let _ = dialog.show_modal();
        }
    });
    dialog
}
