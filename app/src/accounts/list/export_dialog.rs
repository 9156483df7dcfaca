//! Which columns go into the CSV file. A form: the browser itself fetches the file.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;

use super::state::ListState;
use crate::domain::account_query::AccountScreen;
use crate::domain::export::ExportColumn;
use crate::lazy::Fetched;

/// Opens as soon as it is there; it goes away when `open` is set to false.
#[wasm_split(list_dialogs, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn export_dialog(state: ListState, open: RwSignal<bool>) -> Fetched {
    Ok(view! { <ExportDialog state=state open=open /> }.into_any())
}

#[component]
fn ExportDialog(state: ListState, open: RwSignal<bool>) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            // Fails only when the dialog is open already.
            let _ = dialog.show_modal();
        }
    });
    let wanted = state.wanted.get_untracked();
    let query = wanted.to_pairs_from_start(AccountScreen::All);
    let told: Vec<String> =
        state.narrowing(&wanted.filter).conditions().iter().map(|condition| format!("{} {}", condition.verb, condition.object)).collect();
    let what = if told.is_empty() {
        "All accounts of this list, in the order of the list.".to_owned()
    } else {
        format!("The accounts of this list, in its order: {}.", told.join(", "))
    };
    // The browser sends no form that is gone.
    let close_after_it = move |_| request_animation_frame(move || open.set(false));
    view! {
        <dialog class="dlg" node_ref=dialog aria-labelledby="export-title" on:close=move |_| open.set(false)>
            <form method="get" action="/accounts/export.csv" on:submit=close_after_it>
                <header>
                    <h2 id="export-title">"CSV file"</h2>
                </header>
                <div class="pad">
                    <p dir="auto">{what}</p>
                    {query.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()}
                    <fieldset class="columns">
                        <legend>"Columns"</legend>
                        {ExportColumn::ALL
                            .map(|column| {
                                view! {
                                    <label class="check">
                                        <input type="checkbox" name="column" value=column.as_str() checked=column.is_usual() />
                                        {column.label()}
                                    </label>
                                }
                            })
                            .collect_view()}
                    </fieldset>
                    <p class="sub">
                        "Opens in any spreadsheet. The first five columns can be read in again as a batch. Passwords are in no file: nobody can read them."
                    </p>
                </div>
                <footer>
                    <button type="button" class="btn" on:click=move |_| open.set(false)>
                        "Cancel"
                    </button>
                    <button type="submit" class="btn main" autofocus>
                        "Download"
                    </button>
                </footer>
            </form>
        </dialog>
    }
}
