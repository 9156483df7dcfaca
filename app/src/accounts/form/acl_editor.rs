//! Deny and Permit: as typed, as the server reads them, what people get wrong, and whether an address gets in.

use leptos::prelude::*;

use super::state::FormState;
use crate::domain::account_field::AccountField;
use crate::domain::acl::{Acl, Action, Answer, Decision, parse_address};
use crate::ui::field::{Field, TextArea};
use crate::ui::icon::Icon;

#[component]
pub fn AclEditor(state: FormState) -> impl IntoView {
    let deny = AccountField::Deny;
    let permit = AccountField::Permit;
    let acl = Memo::new(move |_| state.draft.with(|draft| Acl::parse(&draft.deny, &draft.permit)).ok());
    let address = RwSignal::new(String::new());
    let decision = Memo::new(move |_| {
        let address = address.with(|text| parse_address(text.trim()).ok())?;
        acl.with(|acl| acl.as_ref().map(|acl| acl.decide(address)))
    });
    view! {
        <section aria-labelledby="acl-title">
            <h2 id="acl-title">"Deny and Permit"</h2>
            <p class="help">"Deny rules are walked first, then permit rules; the last rule that matches decides, and no match allows."</p>
            <div class="split">
                <div class="stackv">
                    <Field
                        name="deny"
                        label="Deny"
                        optional=true
                        full=true
                        error=state.error(deny)
                        help=|| "One rule a line: address, address/prefix or address/mask. 0.0.0.0/0 denies every IPv4 address, ::/0 every IPv6 address."
                    >
                        <TextArea name="deny" rows=3 mono=true value=state.text(deny) on_input=move |text| state.edit(deny, &text) error=state.error(deny) />
                    </Field>
                    <Field
                        name="permit"
                        label="Permit"
                        optional=true
                        full=true
                        error=state.error(permit)
                        help=|| "192.168.0.38/255.255.255.0 allows the whole network 192.168.0.0/24; 216.27.242.66 allows that one address."
                    >
                        <TextArea
                            name="permit"
                            rows=3
                            mono=true
                            value=state.text(permit)
                            on_input=move |text| state.edit(permit, &text)
                            error=state.error(permit)
                        />
                    </Field>
                    <Warnings state=state />
                </div>
                <div class="card">
                    <header>
                        <h3 class="lab">"As the server reads it"</h3>
                    </header>
                    <div class="pad stackv">
                        <Rules acl=acl decision=decision />
                        <AddressBox address=address decision=decision readable=Signal::derive(move || acl.with(Option::is_some)) />
                    </div>
                </div>
            </div>
        </section>
    }
}

#[component]
fn Warnings(state: FormState) -> impl IntoView {
    let add_deny = move |rule: &str| {
        let deny = state.draft.with_untracked(|draft| draft.deny.trim_end().to_owned());
        state.edit(AccountField::Deny, &if deny.is_empty() { rule.to_owned() } else { format!("{deny}\n{rule}") });
    };
    view! {
        <div class="stackv" role="status">
            {move || {
                state
                    .acl_warnings()
                    .into_iter()
                    .map(|warning| {
                        view! {
                            <div class="msg warn">
                                <Icon name="warn" />
                                <div>
                                    <b>{warning.title()}</b>
                                    " "
                                    {warning.text()}
                                </div>
                                {warning
                                    .missing_deny()
                                    .map(|rule| {
                                        view! {
                                            <button type="button" class="btn tiny" on:click=move |_| add_deny(rule)>
                                                "Deny "
                                                {rule}
                                                " too"
                                            </button>
                                        }
                                    })}
                            </div>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
}

#[component]
fn Rules(acl: Memo<Option<Acl>>, decision: Memo<Option<Decision>>) -> impl IntoView {
    let deciding = move || decision.with(|decision| decision.as_ref().and_then(|d| d.by.as_ref()).map(|by| by.number));
    let lines = move || {
        acl.get().map(|acl| {
            acl.rules()
                .map(|(number, action, rule)| {
                    let rewritten = if rule.is_rewritten() { format!("written as {}", rule.written) } else { rule.meaning() };
                    let (class, icon) = match action {
                        Action::Deny => ("chip bad bare", "no"),
                        Action::Permit => ("chip ok bare", "yes"),
                    };
                    view! {
                        <li class:hit=move || deciding() == Some(number)>
                            <span>{number.to_string()}</span>
                            <span class=class>
                                <Icon name=icon />
                                {action.as_str()}
                            </span>
                            <span>
                                <code>{rule.network()}</code>
                                <small class="sub">{rewritten}</small>
                            </span>
                        </li>
                    }
                })
                .collect_view()
        })
    };
    let empty = move || acl.with(|acl| acl.as_ref().is_some_and(|acl| acl.deny.is_empty() && acl.permit.is_empty()));
    view! {
        <Show when=move || acl.with(Option::is_none)>
            <p class="help">"A rule cannot be read: see the message under its field."</p>
        </Show>
        <Show when=empty>
            <p class="help">"No rules: every address is allowed."</p>
        </Show>
        <ol class="rules">{lines}</ol>
    }
}

/// "Would this address get in?"
#[component]
fn AddressBox(address: RwSignal<String>, decision: Memo<Option<Decision>>, readable: Signal<bool>) -> impl IntoView {
    let problem = Signal::derive(move || {
        address.with(|text| if text.trim().is_empty() { None } else { parse_address(text.trim()).err().map(|error| error.to_string()) })
    });
    view! {
        <Field name="try_address" label="Would this address get in?" full=true error=problem>
            // No name: it is not part of the account.
            <input
                id="try_address"
                class="mono"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                placeholder="192.168.0.77"
                aria-describedby="try_address-error"
                prop:value=address
                on:input=move |event| address.set(event_target_value(&event))
                // The answer is there already; Enter would send the account.
                on:keydown=move |event| {
                    if event.key() == "Enter" {
                        event.prevent_default();
                    }
                }
            />
        </Field>
        <div role="status">
            {move || {
                decision
                    .get()
                    .filter(|_| readable.get())
                    .map(|decision| {
                        let (class, icon) = if decision.allowed { ("chip ok", "yes") } else { ("chip bad", "no") };
                        let Answer { verdict, by, why } = decision.answer();
                        view! {
                            <div class="answer">
                                <div class="row">
                                    <span class=class>
                                        <Icon name=icon />
                                        {verdict}
                                    </span>
                                    <b>{by}</b>
                                </div>
                                <p class="sub">{why}</p>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
