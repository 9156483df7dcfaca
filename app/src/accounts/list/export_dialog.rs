//! Which columns go into the CSV file. A form: the browser itself fetches the file.

use leptos::html;
use leptos::prelude::*;

use super::state::ListState;
use crate::domain::account_query::AccountQuery;
use crate::domain::export::ExportColumn;

#[component]
pub fn ExportDialog(state: ListState, open: RwSignal<bool>) -> impl IntoView {
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
    let query = Memo::new(move |_| state.wanted.with(AccountQuery::to_pairs_from_start));
    let what = move || {
        let told = state.wanted.with(|wanted| wanted.filter.conditions());
        if told.is_empty() {
            "All accounts of this list, in the order of the list.".to_owned()
        } else {
            let told: Vec<String> = told.iter().map(|condition| format!("{} {}", condition.verb, condition.object)).collect();
            format!("The accounts of this list, in its order: {}.", told.join(", "))
        }
    };
    view! {
        <dialog class="dlg" node_ref=dialog aria-labelledby="export-title" on:close=move |_| open.set(false)>
            <form method="get" action="/accounts/export.csv" on:submit=move |_| open.set(false)>
                <header>
                    <h2 id="export-title">"CSV file"</h2>
                </header>
                <div class="pad">
                    <p dir="auto">{what}</p>
                    {move || {
                        query.get().into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()
                    }}
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
