//! Your account: the own password, the second factor, and the sessions that are open.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::domain::second_factor::RECOVERY_CODES;
use crate::operators::api::show_own_account;
use crate::operators::operator::{PASSWORD, SECOND_FACTOR, use_operator};
use crate::operators::view::{OwnAccount, SecondFactorFacts, SessionRow};
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::skeleton::SkeletonRows;
use crate::ui::time::When;

#[component]
pub fn OwnPage() -> impl IntoView {
    let own = Resource::new_blocking(|| (), |()| show_own_account());
    let who = use_operator().map(|operator| (operator.name, operator.role.as_str()));
    view! {
        <Title text="Your account" />
        <Head title="Your account" />
        <FlashLine />
        {who.map(|(name, role)| view! { <p class="who-am-i">"Signed in as " <b dir="auto">{name}</b> ", " {role} "."</p> })}
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match own.await {
                    Ok(own) => view! { <Own own=own /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || own.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Own(own: OwnAccount) -> impl IntoView {
    let OwnAccount { second_factor, sessions } = own;
    let has_others = sessions.iter().any(|session| !session.is_this);
    view! {
        <section class="deeds first" aria-label="Signing in">
            <div class="deed">
                <p>
                    <b>"Password"</b>
                    <span class="help">"Changing it ends your other sessions."</span>
                </p>
                <a class="btn" href=PASSWORD rel="external">
                    <Icon name="key" />
                    "Change password"
                </a>
            </div>
            <SecondFactorLine facts=second_factor />
        </section>
        <section class="deeds" aria-labelledby="sessions-title">
            <div class="deed">
                <h2 id="sessions-title">"Sessions"</h2>
                {has_others
                    .then(|| {
                        view! {
                            <form method="post" action="/me">
                                <button class="btn" name="end" value="others">
                                    "End all others"
                                </button>
                            </form>
                        }
                    })}
            </div>
            <table class="tbl kv" role="table" aria-label="Your sessions">
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader">"Browser"</th>
                        <th scope="col" role="columnheader">"Address"</th>
                        <th scope="col" role="columnheader">"Began"</th>
                        <th scope="col" role="columnheader">"Last request"</th>
                        <th scope="col" role="columnheader">
                            <span class="vh">"End"</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{sessions.into_iter().map(|session| view! { <SessionLine session=session /> }).collect_view()}</tbody>
            </table>
            <p class="help">"A session ends after 30 minutes without a request, and after 12 hours in any case."</p>
        </section>
    }
}

#[component]
fn SecondFactorLine(facts: Option<SecondFactorFacts>) -> impl IntoView {
    let told = match facts {
        Some(SecondFactorFacts { since, recovery_codes }) => view! {
            "A code from your phone is asked for after the password. Set up "
            <When at=since />
            {format!("; {recovery_codes} of {RECOVERY_CODES} recovery codes are left.")}
        }
        .into_any(),
        None => "Off. With it, whoever learns your password cannot sign in without your phone.".into_any(),
    };
    view! {
        <div class="deed">
            <p>
                <b>"Second factor"</b>
                <span class="help">{told}</span>
            </p>
            <a class="btn" href=SECOND_FACTOR rel="external">
                <Icon name="shield" />
                {if facts.is_some() { "Change or remove" } else { "Set up" }}
            </a>
        </div>
    }
}

#[component]
fn SessionLine(session: SessionRow) -> impl IntoView {
    let SessionRow { handle, browser, address, began, seen, is_this } = session;
    let browser = browser.unwrap_or_else(|| "Unknown browser".to_owned());
    let label = format!("End the session of {browser}");
    view! {
        <tr role="row">
            <td role="cell" class="t">
                {browser}
                {is_this.then(|| view! { " " <span class="chip acc">"this one"</span> })}
            </td>
            <td role="cell" data-l="Address">
                {address.unwrap_or_else(|| "unknown".to_owned())}
            </td>
            <td role="cell" data-l="Began">
                <When at=began />
            </td>
            <td role="cell" data-l="Last request">
                <When at=seen />
            </td>
            <td role="cell" class="go">
                {(!is_this)
                    .then(|| {
                        view! {
                            <form method="post" action="/me">
                                <button class="btn tiny" name="end" value=handle.to_string() aria-label=label>
                                    "End"
                                </button>
                            </form>
                        }
                    })}
            </td>
        </tr>
    }
}
