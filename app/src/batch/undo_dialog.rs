//! Asks before a batch is taken back, and shows how far that has come.

use futures::StreamExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;

use super::api::undo_batch;
use super::show_page::amount;
use super::view::BatchProgress;
use crate::error::AppError;
use crate::ui::dialog::open_at_once;
use crate::ui::dynamic::{dynamic, flag, text, word};
use crate::ui::flash::flash_here;
use crate::ui::message::{MessageLine, Tone};
use crate::wire::JsonLines;

#[component]
pub fn UndoDialog(id: Uuid, name: String, accounts: i64, asking: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let dialog = open_at_once();
    let undone = RwSignal::new(None::<usize>);
    let problem = RwSignal::new(None::<String>);
    let is_working = flag(move || undone.get().is_some());
    let close = move || {
        asking.set(false);
    };
    let start = move || {
        if undone.get_untracked().is_some() {
            return;
        }
        undone.set(Some(0));
        problem.set(None);
        spawn_local(async move {
            let ended = undo(id, undone).await;
            if asking.is_disposed() || !asking.get_untracked() {
                return;
            }
            match ended {
                Ok(count) => {
                    close();
                    flash_here(&format!("Batch undone: {} taken back", amount(i64::try_from(count).unwrap_or_default(), "account")));
                    done.run(());
                }
                Err(error) => {
                    undone.set(None);
                    problem.set(Some(error.to_string()));
                }
            }
        });
    };
    view! {
        <dialog class="dlg" node_ref=dialog aria-labelledby="undo-title" on:close=move |_| close()>
            <form
                method="dialog"
                on:submit=move |event| {
                    event.prevent_default();
                    start();
                }
            >
                <header>
                    <h2 id="undo-title">{format!("Undo {}?", amount(accounts, "account"))}</h2>
                </header>
                <div class="pad">
                    <p>
                        "All accounts of "
                        <b dir="auto">{name}</b>
                        " that are still there are deleted, and their numbers are free again. Their history stays. All are taken back, or none."
                    </p>
                    {dynamic(move || {
                        is_working
                            .get()
                            .then(|| {
                                view! {
                                    <div role="status">
                                        <progress
                                            max=accounts.to_string()
                                            prop:value=move || undone.get().unwrap_or_default().to_string()
                                        ></progress>
                                        <p>
                                            {text(move || {
                                                format!("{} taken back", amount(i64::try_from(undone.get().unwrap_or_default()).unwrap_or_default(), "account"))
                                            })}
                                        </p>
                                    </div>
                                }
                            })
                            .into_any()
                    })}
                    {dynamic(move || problem.get().map(|sentence| view! { <MessageLine tone=Tone::Bad>{sentence}</MessageLine> }).into_any())}
                </div>
                <footer>
                    <button type="button" class="btn" on:click=move |_| close()>
                        {dynamic(move || if is_working.get() { "Stop" } else { "Cancel" }.into_any())}
                    </button>
                    <button type="submit" class="btn kill" autofocus aria-busy=word(move || is_working.get().then_some("true"))>
                        "Undo this batch"
                    </button>
                </footer>
            </form>
        </dialog>
    }
}

/// Takes it back; how many accounts were. The server stops when the dialog is gone.
async fn undo(id: Uuid, undone: RwSignal<Option<usize>>) -> Result<usize, AppError> {
    let mut pieces = undo_batch(id).await?.into_inner();
    let mut lines = JsonLines::default();
    while let Some(piece) = pieces.next().await {
        for line in lines.read(&piece?)? {
            match line {
                BatchProgress::Written(count) => {
                    if undone.is_disposed() {
                        return Err(AppError::Network);
                    }
                    undone.set(Some(count));
                }
                BatchProgress::Done(count) => return Ok(count),
                BatchProgress::Refused { sentence, .. } => return Err(AppError::Refused(sentence)),
                BatchProgress::Staged(_) | BatchProgress::Checked | BatchProgress::Committing => {}
            }
        }
    }
    Err(AppError::Network)
}
