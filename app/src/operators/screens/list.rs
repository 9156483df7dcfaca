//! The list of operators, and the rule for admins under it.

use leptos::prelude::*;
use leptos_meta::Title;

use super::look;
use crate::domain::numerals::grouped;
use crate::domain::role::Role;
use crate::domain::second_factor::SecondFactor;
use crate::operators::api::{list_operators, need_second_factor};
use crate::operators::operator::use_operator;
use crate::operators::view::{OperatorList, OperatorRow, OperatorState};
use crate::ui::checkbox::Checkbox;
use crate::ui::error_view::FailedView;
use crate::ui::flash::{FlashLine, flash_here};
use crate::ui::head::Head;
use crate::ui::html::Html;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, NeedsScript, Tone};
use crate::ui::skeleton::SkeletonRows;
use crate::ui::time::when;

#[component]
pub fn OperatorListPage() -> impl IntoView {
    let list = Resource::new_blocking(|| (), |()| list_operators());
    view! {
        <Title text="Operators" />
        <Head
            title="Operators"
            crumb=("Settings".to_owned(), "/settings".to_owned())
            actions=|| {
                view! {
                    <a href="/operators/new" class="btn main" data-new="">
                        <Icon name="plus" />
                        <span class="txt">"New operator"</span>
                        <kbd>"n"</kbd>
                    </a>
                }
            }
        />
        <FlashLine />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(list) => view! { <Listed list=list /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || list.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Listed(list: OperatorList) -> impl IntoView {
    let OperatorList { operators, admins_need_second_factor } = list;
    let own = use_operator().map(|operator| operator.id);
    let under = match operators.len() {
        1 => "1 operator".to_owned(),
        count => format!("{count} operators"),
    };
    let rows = operators
        .iter()
        .map(|row| view! { <tr role="row" inner_html=cells(row, own == Some(row.id), admins_need_second_factor)></tr> })
        .collect_view();
    view! {
        <table class="tbl kv" role="table" aria-label="Operators">
            <thead role="rowgroup">
                <tr role="row">
                    <th scope="col" role="columnheader">"Name"</th>
                    <th scope="col" role="columnheader">"Role"</th>
                    <th scope="col" role="columnheader">"State"</th>
                    <th scope="col" role="columnheader">"Second factor"</th>
                    <th scope="col" role="columnheader">"Last sign-in"</th>
                    <th scope="col" role="columnheader" class="n">"Sessions"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <Rule needed=admins_need_second_factor />
        <div class="under">
            <p>{under} " · A viewer reads; an operator keeps accounts and sends SMSes; an admin does everything."</p>
        </div>
    }
}

fn cells(row: &OperatorRow, is_own: bool, admins_need: bool) -> String {
    let mut html = Html::default();
    html.markup(r#"<td role="cell" class="t"><a href="/operators/"#).text(&row.id.to_string());
    html.markup(r#"" dir="auto">"#).text(&row.name).markup("</a>");
    if is_own {
        html.markup(r#" <span class="chip acc">you</span>"#);
    }
    html.markup(r#"</td><td role="cell" data-l="Role">"#).markup(row.role.as_str());
    let (class, icon, words) = look(row.state);
    html.markup(r#"</td><td role="cell" data-l="State"><span class=""#).markup(class).markup(r#"">"#).icon(icon).markup(words);
    html.markup(r#"</span></td><td role="cell" data-l="Second factor">"#);
    let is_missing = admins_need && row.role == Role::Admin && row.state != OperatorState::Disabled;
    html.markup(match (row.has_second_factor, is_missing) {
        (true, _) => r#"<span class="chip bare">"#,
        (false, true) => r#"<span class="chip warn">"#,
        (false, false) => r#"<span class="none chip bare">"#,
    });
    html.icon(if row.has_second_factor { "shield" } else { "no" }).markup(match (row.has_second_factor, is_missing) {
        (true, _) => "yes",
        (false, true) => "to be set up",
        (false, false) => "no",
    });
    html.markup(r#"</span></td><td role="cell" data-l="Last sign-in">"#);
    match row.last_sign_in {
        Some(at) => when(&mut html, at),
        None => {
            html.markup(r#"<span class="none">never</span>"#);
        }
    }
    html.markup(r#"</td><td role="cell" class="n" data-l="Sessions">"#).text(&grouped(row.sessions.unsigned_abs())).markup("</td>");
    html.done()
}

/// "Admins need a second factor": in force from the moment it is switched.
#[component]
fn Rule(needed: bool) -> impl IntoView {
    let needed = RwSignal::new(needed);
    let problem = RwSignal::new(None::<String>);
    let has_none = use_operator().is_some_and(|operator| operator.second_factor != SecondFactor::On);
    let save = Action::new(move |need: &bool| {
        let need = *need;
        async move { (need, need_second_factor(need).await) }
    });
    Effect::new(move |_| match save.value().get() {
        Some((true, Ok(()))) => flash_here("From now on, admins need a second factor"),
        Some((false, Ok(()))) => flash_here("Admins may do without a second factor now"),
        Some((need, Err(error))) => {
            needed.set(!need);
            problem.set(Some(error.to_string()));
        }
        None => {}
    });
    view! {
        <section class="form rule-of-admins" aria-labelledby="rule-title">
            <h2 id="rule-title">"Second factor"</h2>
            {move || problem.get().map(|text| view! { <MessageLine tone=Tone::Bad>{text}</MessageLine> })}
            <NeedsScript what="Changing this rule" />
            <div class="live">
                <Checkbox
                    name="admins_need_second_factor"
                    label="Admins need a second factor"
                    checked=needed
                    on_change=move |need| {
                        problem.set(None);
                        needed.set(need);
                        save.dispatch(need);
                    }
                    help=move || {
                        view! {
                            "An admin without one is let into nothing but setting it up. "
                            {has_none
                                .then(|| {
                                    view! {
                                        "You have none yourself: set it up first, under "
                                        <a href="/me">"Your account"</a>
                                        "."
                                    }
                                })}
                        }
                    }
                />
            </div>
        </section>
    }
}
