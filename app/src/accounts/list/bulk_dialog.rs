//! Asks before many accounts are changed, shows how far it has come, and which were left as they were and why.

use futures::StreamExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::wasm_split;
use uuid::Uuid;

use crate::accounts::api::change_accounts;
use crate::domain::account_filter::AccountFilter;
use crate::domain::bulk::{BulkAction, Progress, Selection};
use crate::domain::numerals::grouped;
use crate::error::AppError;
use crate::lazy::Fetched;
use crate::messages::api::is_development_gateway;
use crate::messages::send_dialog::GoesToNobody;
use crate::ui::dialog::open_at_once;
use crate::ui::dynamic::dynamic;
use crate::ui::flash::flash_here;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, Tone};
use crate::wire::JsonLines;

/// Names that the question tells, before it says how many more.
const NAMES_TOLD: usize = 6;

/// What somebody wants to do, and with which accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub action: BulkAction,
    pub selection: Selection,
    pub count: u64,
    /// Of those that were picked one by one.
    pub names: Vec<String>,
}

/// Opens as soon as it is there; it goes away when `asked` is set to nothing. `worked` is called then, if the work was begun.
#[wasm_split(list_dialogs, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn bulk_dialog(which: Asked, asked: RwSignal<Option<Asked>>, worked: Callback<()>) -> Fetched {
    Ok(view! { <BulkDialog which=which asked=asked worked=worked /> }.into_any())
}

#[component]
fn BulkDialog(which: Asked, asked: RwSignal<Option<Asked>>, worked: Callback<()>) -> impl IntoView {
    let Asked { action, selection, count, names } = which;
    let dialog = open_at_once();
    let work = Work::new();
    let title = action.question(count);
    let is_asking = move || work.stage.get() == Stage::Asking;
    let close = move || {
        work.stop();
        asked.set(None);
        if work.stage.get_untracked() != Stage::Asking {
            worked.run(());
        }
    };
    let chosen = StoredValue::new(selection.clone());
    let confirm = move || {
        if work.stage.get_untracked() == Stage::Asking {
            work.start(chosen.get_value(), action, move || {
                flash_here(&action.outcome(work.changed.get_untracked()));
                close();
            });
        } else {
            close();
        }
    };
    view! {
        <dialog class="dlg" node_ref=dialog aria-labelledby="bulk-title" on:close=move |_| close()>
            <form
                method="dialog"
                on:submit=move |event| {
                    event.prevent_default();
                    confirm();
                }
            >
                <header>
                    <h2 id="bulk-title">{title}</h2>
                </header>
                <div class="pad">
                    <Which selection=selection names=names />
                    {consequence(action)}
                    {action.sms().map(|_| view! { <IfDevelopment /> })}
                    {move || (!is_asking()).then(|| view! { <HowFar work=work of=count action=action /> })}
                </div>
                <footer>
                    <button type="button" class="btn" hidden=move || work.stage.get() == Stage::Done on:click=move |_| close()>
                        {move || if is_asking() { "Cancel" } else { "Stop" }}
                    </button>
                    <button
                        type="submit"
                        class="btn main"
                        class:kill=move || action == BulkAction::Delete && is_asking()
                        autofocus
                        hidden=move || work.stage.get() == Stage::Working
                    >
                        {move || if is_asking() { action.label() } else { "Close" }}
                    </button>
                </footer>
            </form>
        </dialog>
    }
}

/// What it means; a new password for each is more than people expect of an SMS.
fn consequence(action: BulkAction) -> AnyView {
    if action == BulkAction::SendActivation {
        return view! {
            <MessageLine tone=Tone::Warn>
                <b>"This re-keys the accounts. "</b>
                {action.consequence()}
            </MessageLine>
        }
        .into_any();
    }
    view! { <p>{action.consequence()}</p> }.into_any()
}

/// The accounts by name, or by the filter that they match.
#[component]
fn Which(selection: Selection, names: Vec<String>) -> impl IntoView {
    let Selection::Matching { filter, .. } = selection else {
        let more = names.len().saturating_sub(NAMES_TOLD);
        return view! {
            <ul class="names">
                {names.into_iter().take(NAMES_TOLD).map(|name| view! { <li dir="auto">{name}</li> }).collect_view()}
                {(more > 0).then(|| view! { <li class="sub">{format!("and {} more", grouped(more as u64))}</li> })}
            </ul>
        }
        .into_any();
    };
    view! { <Matching filter=filter /> }.into_any()
}

#[component]
fn Matching(filter: AccountFilter) -> impl IntoView {
    let conditions = filter.conditions();
    let all = if filter.group.is_some() { "All accounts of this group" } else { "All accounts" };
    let told: Vec<String> = conditions.iter().map(|condition| format!("{} {}", condition.verb, condition.object)).collect();
    let whose = if told.is_empty() { ", without a filter".to_owned() } else { format!(": {}", told.join(", ")) };
    view! { <p dir="auto">{all} {whose} "."</p> }
}

/// Says that nobody gets the SMSes, while no gateway is set up.
#[component]
fn IfDevelopment() -> impl IntoView {
    let told = RwSignal::new(false);
    spawn_local(async move {
        let is_so = is_development_gateway().await.unwrap_or(false);
        // Nobody waits for it when the dialog was closed meanwhile.
        told.try_set(is_so);
    });
    dynamic(move || told.get().then(|| view! { <GoesToNobody /> }).into_any())
}

#[component]
fn HowFar(work: Work, of: u64, action: BulkAction) -> impl IntoView {
    let told = move || {
        let (seen, changed) = (grouped(work.seen.get()), grouped(work.changed.get()));
        format!("{seen} of {} looked at, {changed} {}", grouped(of), action.done())
    };
    view! {
        <div role="status">
            <progress max=of.to_string() prop:value=move || work.seen.get().to_string()></progress>
            <p>{told}</p>
        </div>
        {move || {
            work.problem.get().map(|problem| view! { <MessageLine tone=Tone::Bad>{problem}</MessageLine> })
        }}
        <ul class="left" hidden=move || work.left.with(Vec::is_empty) aria-label="Left as they were">
            <For each=move || work.left.get() key=|(id, _, _)| *id let((id, name, why))>
                <li data-id=id.to_string()>
                    <Icon name="warn" />
                    <span>
                        <b dir="auto">{if name.is_empty() { "An account".to_owned() } else { name }}</b>
                        " "
                        {action.left()}
                        " "
                        {why}
                    </span>
                </li>
            </For>
        </ul>
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Asking,
    Working,
    /// Something has to be read before it closes.
    Done,
}

/// The work as the server tells of it.
#[derive(Clone, Copy)]
struct Work {
    stage: RwSignal<Stage>,
    seen: RwSignal<u64>,
    changed: RwSignal<u64>,
    left: RwSignal<Vec<(Uuid, String, String)>>,
    problem: RwSignal<Option<String>>,
    stopped: StoredValue<bool>,
}

impl Work {
    fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Asking),
            seen: RwSignal::new(0),
            changed: RwSignal::new(0),
            left: RwSignal::new(Vec::new()),
            problem: RwSignal::new(None),
            stopped: StoredValue::new(false),
        }
    }

    /// The server stops when nobody listens any more.
    fn stop(self) {
        self.stopped.try_set_value(true);
    }

    fn is_stopped(self) -> bool {
        self.stopped.try_get_value().unwrap_or(true)
    }

    /// Calls `on_success` when all of them were changed.
    fn start(self, selection: Selection, action: BulkAction, on_success: impl FnOnce() + 'static) {
        self.stage.set(Stage::Working);
        spawn_local(async move {
            let ended = self.listen(selection, action).await;
            if self.is_stopped() {
                return;
            }
            if let Err(error) = ended {
                self.problem.set(Some(error.to_string()));
            }
            if self.problem.with_untracked(Option::is_none) && self.left.with_untracked(Vec::is_empty) {
                on_success();
            } else {
                self.stage.set(Stage::Done);
            }
        });
    }

    async fn listen(self, selection: Selection, action: BulkAction) -> Result<(), AppError> {
        let mut pieces = change_accounts(selection, action).await?.into_inner();
        let mut lines = JsonLines::default();
        let mut finished = false;
        while let Some(piece) = pieces.next().await {
            // Dropping the stream tells the server.
            if self.is_stopped() {
                return Ok(());
            }
            for line in lines.read(&piece?)? {
                match line {
                    Progress::Step { seen, changed } => {
                        self.seen.set(seen);
                        self.changed.set(changed);
                    }
                    Progress::Left { id, name, why } => self.left.update(|left| left.push((id, name, why.to_string()))),
                    Progress::Stopped(sentence) => {
                        self.problem.set(Some(sentence));
                        finished = true;
                    }
                    Progress::Finished => finished = true,
                }
            }
        }
        if finished { Ok(()) } else { Err(AppError::Network) }
    }
}
