//! The panels of Show Account, and the question before deleting.

use leptos::prelude::*;

use super::api::delete_account;
use super::view::AccountView;
use crate::audit::HistoryEntry;
use crate::domain::account_status::LifeCycleEvent;
use crate::domain::account_type::AccountType;
use crate::domain::role::Role;
use crate::operators::operator::role_allows;
use crate::profiles::address_of;
use crate::ui::chip::BoolChip;
use crate::ui::copy::Copyable;
use crate::ui::dialog::DeleteDialog;
use crate::ui::icon::Icon;
use crate::ui::time::{ExactTime, When};

/// Every field but the password.
#[component]
pub fn Facts(account: AccountView) -> impl IntoView {
    let snom = account.account_type == AccountType::Snom;
    let obfuscation = account.obfuscation_key.map_or_else(|| "OFF".to_owned(), |key| format!("ON, key {key}"));
    let profile = if role_allows(Role::Admin) {
        view! {
            <a href=address_of(account.profile_in_force) dir="auto">
                {account.profile}
            </a>
        }
        .into_any()
    } else {
        view! { <span dir="auto">{account.profile}</span> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="facts-title">
            <header>
                <h2 id="facts-title">"Account"</h2>
            </header>
            <dl class="facts">
                <Fact label="Owner">{text_or(account.owner.clone(), "[No owner]")}</Fact>
                <Fact label="Username">
                    <Copyable value=account.username.clone() what="username" />
                </Fact>
                <Fact label="Company">{text_or(account.company, "")}</Fact>
                <Fact label="Virtual Phone Number">
                    <Copyable value=account.number.clone() what="number" />
                </Fact>
                <Fact label="Group">
                    <a href=format!("/accounts?group={}", account.group_id) dir="auto">
                        {account.group.clone()}
                    </a>
                </Fact>
                <Fact label="Account Type">{account.account_type.as_str()}</Fact>
                <Fact label="Security Model">{account.security_model.as_str()} " " <span class="sub">{account.security_model.edition()}</span></Fact>
                <Fact label="Enabled">
                    <BoolChip value=account.enabled />
                    {account.awaits_activation.then(|| view! { " " <span class="sub">"until activated"</span> })}
                </Fact>
                {(!snom).then(|| view! { <Fact label="Obfuscation">{obfuscation}</Fact> })}
                <Fact label="Call Limit">{account.call_limit.to_string()}</Fact>
                <Fact label="Keep-alive Enabled">
                    <BoolChip value=account.keep_alive neutral=true />
                </Fact>
                <Fact label="Visible">
                    <BoolChip value=account.visible neutral=true />
                </Fact>
                {snom
                    .then(|| {
                        view! {
                            <Fact label="Mac">{text_or(account.mac, "")}</Fact>
                            <Fact label="Deny" wide=true>
                                {rules(account.deny)}
                            </Fact>
                            <Fact label="Permit" wide=true>
                                {rules(account.permit)}
                            </Fact>
                        }
                    })}
                <Fact label="Provisioning Profile" wide=true>
                    {profile} " " <span class="sub">{account.profile_origin.words()}</span>
                </Fact>
                <Fact label="Email" wide=true>
                    {account.email.map(|email| view! { <Copyable value=email what="e-mail" /> })}
                </Fact>
                <Fact label="Description" wide=true>
                    <span class="pre" dir="auto">
                        {account.description.unwrap_or_default()}
                    </span>
                </Fact>
            </dl>
        </section>
    }
}

#[component]
fn Fact(label: &'static str, #[prop(optional)] wide: bool, children: Children) -> impl IntoView {
    view! {
        <div class:wide=wide>
            <dt>{label}</dt>
            <dd>{children()}</dd>
        </div>
    }
}

fn text_or(text: Option<String>, otherwise: &'static str) -> AnyView {
    match text {
        Some(text) => view! { <span dir="auto">{text}</span> }.into_any(),
        None => view! { <span class="none">{otherwise}</span> }.into_any(),
    }
}

fn rules(rules: Vec<String>) -> AnyView {
    if rules.is_empty() {
        return view! { <span class="none">"none"</span> }.into_any();
    }
    rules.into_iter().map(|rule| view! { <code class="rule">{rule}</code> }).collect_view().into_any()
}

/// Each life-cycle event with its time.
#[component]
pub fn LifeCycle(events: Vec<(LifeCycleEvent, i64)>) -> impl IntoView {
    let time_of = move |wanted| events.iter().find(|(event, _)| *event == wanted).map(|(_, at)| *at);
    let events = LifeCycleEvent::ALL.map(|event| (icon_of(event), event.label(), time_of(event)));
    view! {
        <section class="card first" aria-labelledby="cycle-title">
            <header>
                <h2 id="cycle-title">"Life cycle"</h2>
            </header>
            <ol class="line">
                {events
                    .into_iter()
                    .map(|(icon, label, at)| match at {
                        Some(at) => {
                            view! {
                                <li>
                                    <Icon name=icon />
                                    <div>
                                        <b>{label}</b>
                                        <span class="sub">
                                            <When at=at />
                                            <ExactTime at=at />
                                        </span>
                                    </div>
                                </li>
                            }
                                .into_any()
                        }
                        None => {
                            view! {
                                <li class="no">
                                    <Icon name="s0" />
                                    <div>{label} <span class="sub">"not yet"</span></div>
                                </li>
                            }
                                .into_any()
                        }
                    })
                    .collect_view()}
            </ol>
        </section>
    }
}

/// The circle fills with the way that is behind.
const fn icon_of(event: LifeCycleEvent) -> &'static str {
    match event {
        LifeCycleEvent::Created => "s0",
        LifeCycleEvent::InstallationSent | LifeCycleEvent::InstallationClicked => "s1",
        LifeCycleEvent::Installed => "s2",
        LifeCycleEvent::ActivationSent | LifeCycleEvent::ActivationClicked => "s3",
        LifeCycleEvent::Activated => "s4",
        LifeCycleEvent::Registered => "s5",
    }
}

/// Who changed what, newest first.
#[component]
pub fn History(entries: Vec<HistoryEntry>) -> impl IntoView {
    let empty = entries.is_empty();
    view! {
        <section class="card" aria-labelledby="history-title">
            <header>
                <h2 id="history-title">"History"</h2>
            </header>
            {empty.then(|| view! { <p class="pad help">"Nothing has been changed yet."</p> })}
            <ul class="hist">
                {entries
                    .into_iter()
                    .map(|entry| {
                        view! {
                            <li>
                                <span>
                                    <b dir="auto">{entry.who.clone()}</b>
                                    " "
                                    {told(&entry)}
                                </span>
                                <When at=entry.at />
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </section>
    }
}

/// What an entry says after the name of who did it.
fn told(entry: &HistoryEntry) -> String {
    // Other actions say what was done by themselves.
    if entry.action != "updated" {
        // What is more than a word says by itself what it is about.
        return if entry.action.contains(' ') { entry.action.clone() } else { format!("{} the account", entry.action) };
    }
    let told: Vec<String> = entry
        .changes
        .iter()
        .map(|change| match (change.before.as_str(), change.after.as_str()) {
            ("", "") => format!("changed {}", change.field),
            ("", after) => format!("set {} to {after}", change.field),
            (before, "") => format!("removed {} {before}", change.field),
            (before, after) => format!("changed {} from {before} to {after}", change.field),
        })
        .collect();
    told.join("; ")
}

/// Asks, deletes, and goes back to the list.
#[component]
pub fn DeleteAccount(account: AccountView, open: RwSignal<bool>) -> impl IntoView {
    let id = account.id;
    view! {
        <DeleteDialog
            open=open
            title=format!("Delete {}?", account.title())
            delete=move || delete_account(id)
            done="Account deleted"
            list=format!("/accounts?group={}", account.group_id)
        >
            <p>
                "Username " <b>{account.username}</b> ", number " <b>{account.number}</b>
                ". Its phone can no longer register or be called. This cannot be undone."
            </p>
        </DeleteDialog>
    }
}
