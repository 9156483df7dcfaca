//! The field that limits an operator to groups: all of them, or those that are ticked.

use leptos::prelude::*;
use uuid::Uuid;

use super::group_limit::GroupLimit;
use crate::domain::fold::fold;
use crate::ui::dynamic::{flag, text};
use crate::ui::field::FieldError;

/// From so many groups on there is a box to look for some of them.
const MANY: usize = 12;

/// "All groups", or check boxes of them. A plain form gets `groups=all` or `groups=some`, and `group=ID` for each that is ticked.
#[component]
pub fn GroupsField(
    /// The groups, and what is chosen at first.
    limit: GroupLimit,
    /// What is chosen: none for all groups, and an empty list, which the server refuses, as long as nothing is ticked.
    chosen: RwSignal<Option<Vec<Uuid>>>,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let GroupLimit { groups, chosen: first } = limit;
    let is_limited = first.is_some();
    // What was ticked is there again after a look at "All groups".
    let ticked = RwSignal::new(first.clone().unwrap_or_default());
    chosen.set(first);
    let choose = move |limited: bool| chosen.set(limited.then(|| ticked.get_untracked()));
    let limited = Signal::derive(move || chosen.with(Option::is_some));
    let tick = move |group: Uuid, on: bool| {
        ticked.update(|ticked| {
            ticked.retain(|other| *other != group);
            if on {
                ticked.push(group);
            }
        });
        choose(true);
    };
    let wanted = RwSignal::new(String::new());
    let many = groups.len() > MANY;
    let names = StoredValue::new(groups.iter().map(|(_, name)| fold(name)).collect::<Vec<_>>());
    let is_shown = move |at: usize| {
        let wanted = wanted.read();
        wanted.is_empty() || names.with_value(|names| names.get(at).is_some_and(|name| name.contains(wanted.as_str())))
    };
    let is_none_shown = move || names.with_value(|names| (0..names.len()).all(|at| !is_shown(at)));
    let count = text(move || match ticked.with(Vec::len) {
        0 => "No group is ticked yet.".into(),
        1 => "1 group is ticked.".into(),
        ticked => format!("{ticked} groups are ticked."),
    });
    view! {
        <fieldset class="field groups" id="groups" aria-describedby="groups-error" class:bad=move || error.with(Option::is_some)>
            <legend class="lab">"Groups"</legend>
            <label class="check">
                <input
                    type="radio"
                    name="groups"
                    value="all"
                    checked=!is_limited
                    prop:checked=move || !limited.get()
                    on:change=move |_| choose(false)
                />
                "All groups, also those that will be made"
            </label>
            <label class="check">
                <input
                    type="radio"
                    name="groups"
                    value="some"
                    checked=is_limited
                    prop:checked=limited
                    on:change=move |_| choose(true)
                />
                "Only these: accounts, SMSes and batches of other groups are not there for the operator"
            </label>
            <FieldError name="groups" error=error />
            <div class="picks" hidden=flag(move || !limited.get())>
                {many
                    .then(|| {
                        view! {
                            <input
                                type="search"
                                aria-label="Look for a group"
                                placeholder="Look for a group"
                                autocomplete="off"
                                spellcheck="false"
                                on:input=move |event| wanted.set(fold(event_target_value(&event).trim()))
                            />
                        }
                    })}
                <ul>
                    {groups
                        .into_iter()
                        .enumerate()
                        .map(|(at, (id, name))| {
                            let on = ticked.with_untracked(|ticked| ticked.contains(&id));
                            view! {
                                <li hidden=flag(move || !is_shown(at))>
                                    <label class="check">
                                        <input
                                            type="checkbox"
                                            name="group"
                                            value=id.to_string()
                                            checked=on
                                            on:change=move |event| tick(id, event_target_checked(&event))
                                        />
                                        <span dir="auto">{name}</span>
                                    </label>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
                <p class="sub" hidden=flag(move || !is_none_shown())>
                    "No group is called so."
                </p>
                <p class="sub" aria-live="polite">
                    {count}
                </p>
            </div>
        </fieldset>
    }
}
