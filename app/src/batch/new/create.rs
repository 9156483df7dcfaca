//! The last step: what the accounts belong to, and the button that makes them; how far it has come, and the way to stop it.

use futures::channel::oneshot;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::state::{BatchState, Stage};
use crate::batch::left_out::Kept;
use crate::batch::view::{BatchProgress, BatchStart};
use crate::domain::numerals::grouped;
use crate::ui::dynamic::{dynamic, flag, text, word};
use crate::ui::field::SelectInput;
use crate::ui::icon::Icon;

/// What is chosen for all accounts of the file.
#[component]
pub fn ForAll(state: BatchState, start: BatchStart) -> impl IntoView {
    let choices = |list: Vec<(String, String)>, empty: &str| {
        let empty = (String::new(), empty.to_owned());
        Signal::stored(std::iter::once(empty).chain(list).collect::<Vec<_>>())
    };
    let group_choices = choices(start.groups.iter().map(|group| (group.id.to_string(), group.name.clone())).collect(), "Choose a group");
    let profile_choices =
        choices(start.profiles.iter().map(|profile| (profile.id.to_string(), profile.name.clone())).collect(), "Choose a profile");
    let groups = start.groups;
    let choose_group = move |group: String| {
        // The group's own profile is what most of its accounts have.
        if let Some(choice) = groups.iter().find(|choice| choice.id.to_string() == group) {
            state.profile.set(choice.profile_id.to_string());
        }
        state.group.set(group);
        state.problem.set(None);
    };
    let none = Signal::stored(None::<String>);
    view! {
        <div class="forall">
            <div>
                <label class="lab" for="group">
                    "Group"
                </label>
                <SelectInput name="group" value=state.group choices=group_choices on_change=choose_group error=none />
            </div>
            <div>
                <label class="lab" for="profile">
                    "Provisioning profile"
                </label>
                <SelectInput
                    name="profile"
                    value=state.profile
                    choices=profile_choices
                    on_change=move |profile| {
                        state.profile.set(profile);
                        state.problem.set(None);
                    }
                    error=none
                />
            </div>
        </div>
    }
}

/// What stands in the way of creating, if anything does.
fn in_the_way(state: BatchState) -> Option<String> {
    let counts = state.counts.get();
    let said = if !state.is_settled() {
        "Settle the columns first: say what each of them holds, and use them."
    } else if state.group.with(String::is_empty) {
        "Choose the group that the accounts belong to."
    } else if state.profile.with(String::is_empty) {
        "Choose the provisioning profile of the accounts."
    } else if counts.ready() == 0 {
        "No row is ready. Repair at least one."
    } else if counts.with_problems > 0 && !state.good_rows_only.get() {
        "Nothing is created while a row has a problem: repair it, or leave the bad rows out."
    } else {
        return None;
    };
    Some(said.to_owned())
}

/// The bar at the foot of the page.
#[component]
pub fn Foot(state: BatchState, work: Work) -> impl IntoView {
    let obstacle = Memo::new(move |_| in_the_way(state));
    let ready = move || state.counts.get().ready();
    let bad = move || state.counts.get().with_problems;
    let create = move |_| match obstacle.get_untracked() {
        Some(sentence) => state.problem.set(Some(sentence)),
        None => work.start(),
    };
    let label = text(move || match ready() {
        0 => "Create".to_owned(),
        1 => "Create 1 account".to_owned(),
        count => format!("Create {} accounts", grouped(count as u64)),
    });
    view! {
        <div class="foot full">
            <button
                type="button"
                class="btn main"
                aria-disabled=word(move || obstacle.get().is_some().then_some("true"))
                on:click=create
            >
                {label}
            </button>
            <label class="check" hidden=flag(move || bad() == 0)>
                <input
                    type="checkbox"
                    prop:checked=state.good_rows_only
                    on:change=move |event| {
                        state.good_rows_only.set(event_target_checked(&event));
                        state.problem.set(None);
                    }
                />
                {text(move || match bad() {
                    1 => "Leave the bad row out".to_owned(),
                    count => format!("Leave the {} bad rows out", grouped(count as u64)),
                })}
            </label>
            <p class="sub end" role="status">
                {text(move || {
                    obstacle.get().unwrap_or_else(|| "The accounts are disabled until they are activated. All are created, or none.".to_owned())
                })}
            </p>
        </div>
    }
}

/// How far the work is, and who hears of its end.
#[derive(Clone, Copy)]
pub struct Work {
    pub state: BatchState,
    /// What was heard last; None while the rows are sent.
    pub progress: RwSignal<Option<BatchProgress>>,
    /// How much was sent, from 0 to 1.
    pub sent: RwSignal<f64>,
    is_stopping: RwSignal<bool>,
    /// Stops the work; so does its end, when the page is left.
    stop: StoredValue<Option<oneshot::Sender<()>>>,
    pub left_out: Kept,
    /// Goes to the result when it is there.
    pub finish: Callback<()>,
}

impl Work {
    /// To be called in a component that stays until the end.
    pub fn new(state: BatchState) -> Self {
        let navigate = use_navigate();
        Self {
            state,
            progress: RwSignal::new(None),
            sent: RwSignal::new(0.0),
            is_stopping: RwSignal::new(false),
            stop: StoredValue::new(None),
            left_out: expect_context::<Kept>(),
            finish: Callback::new(move |()| navigate(&format!("/batches/{}", state.id.get_value()), NavigateOptions::default())),
        }
    }

    fn start(self) {
        self.progress.set(None);
        self.sent.set(0.0);
        self.is_stopping.set(false);
        let (stop, stopped) = oneshot::channel();
        self.stop.set_value(Some(stop));
        self.state.edited.set(None);
        self.state.stage.set(Stage::Sending);
        #[cfg(feature = "hydrate")]
        leptos::task::spawn_local(self.all(stopped));
        #[cfg(not(feature = "hydrate"))]
        drop(stopped);
    }

    fn cancel(self) {
        self.is_stopping.set(true);
        if let Some(stop) = self.stop.try_update_value(Option::take).flatten() {
            // What is over cannot be stopped.
            let _ = stop.send(());
        }
    }

    /// Parts of a thousand that are done: a rough measure, since nobody knows how long each step takes.
    fn thousandths(self) -> u32 {
        let all = self.state.counts.with(|counts| counts.ready().max(1));
        let part = |done: usize, of: u32| u32::try_from(done.min(all) as u64 * u64::from(of) / all as u64).unwrap_or(of);
        match self.progress.get() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
            None => (self.sent.get() * 100.0) as u32,
            Some(BatchProgress::Staged(rows)) => 100 + part(rows, 150),
            Some(BatchProgress::Checked) => 300,
            Some(BatchProgress::Written(rows)) => 300 + part(rows, 670),
            Some(_) => 985,
        }
    }

    fn told(self) -> (&'static str, String) {
        let all = self.state.counts.with(|counts| grouped(counts.ready() as u64));
        let of = |rows: usize| format!("{} of {all}", grouped(rows as u64));
        match self.progress.get() {
            None => ("Sending the rows", format!("{:.0} %", self.sent.get() * 100.0)),
            Some(BatchProgress::Staged(rows)) => ("Checking every row once more", of(rows)),
            Some(BatchProgress::Checked) => ("All rows are checked; writing begins", String::new()),
            Some(BatchProgress::Written(rows)) => ("Writing the accounts", of(rows)),
            Some(_) => ("Making it last", String::new()),
        }
    }
}

/// What is seen while the accounts are made.
#[component]
pub fn HowFar(state: BatchState, work: Work, groups: Vec<(String, String)>) -> impl IntoView {
    let count = state.counts.with_untracked(|counts| counts.ready());
    let amount = if count == 1 { "1 account".to_owned() } else { format!("{} accounts", grouped(count as u64)) };
    let group = groups.into_iter().find(|(id, _)| state.group.with_untracked(|group| group == id)).map(|(_, name)| name);
    let stop = move |_| work.cancel();
    let can_stop = flag(move || !matches!(work.progress.get(), Some(BatchProgress::Committing | BatchProgress::Done(_))));
    view! {
        <section class="card working" aria-labelledby="creating">
            <header>
                <h2 id="creating" dir="auto">
                    {format!("Creating {amount} in {}", group.unwrap_or_default())}
                </h2>
            </header>
            <div class="pad stackv">
                <div class="row" role="status">
                    <b>{text(move || work.told().0.to_owned())}</b>
                    <span class="end">{text(move || work.told().1)}</span>
                </div>
                <progress max="1000" aria-label="Accounts created" prop:value=move || work.thousandths().to_string()></progress>
                <div class="row">
                    <p class="sub">"All are created, or none. Stay on this page: leaving it stops the work, and nothing is created."</p>
                    <button
                        type="button"
                        class="btn end"
                        disabled=flag(move || !can_stop.get() || work.is_stopping.get())
                        aria-busy=word(move || work.is_stopping.get().then_some("true"))
                        on:click=stop
                    >
                        <Icon name="x" />
                        {dynamic(move || if work.is_stopping.get() { "Stopping …" } else { "Cancel" }.into_any())}
                    </button>
                </div>
            </div>
        </section>
    }
}
