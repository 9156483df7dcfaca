//! A question before an action that cannot be taken back: Enter confirms, Escape cancels.

use leptos::html;
use leptos::prelude::*;

use super::icon::Icon;

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
        <dialog class="dlg" node_ref=dialog aria-labelledby="dialog-title" on:close=move |_| open.set(false)>
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
                    <h2 id="dialog-title" dir="auto">
                        {title}
                    </h2>
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
