//! The account type, and the fields that only one type has.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::acl_editor::AclEditor;
use super::state::FormState;
use crate::domain::account_field::AccountField;
use crate::domain::account_type::AccountType;
use crate::ui::field::{Field, TextInput};
use crate::ui::segments::Segments;

#[component]
pub fn Phone(state: FormState) -> impl IntoView {
    let account_type = AccountField::AccountType;
    let pgsm = state.is_type(AccountType::Pgsm);
    let snom = state.is_type(AccountType::Snom);
    view! {
        <section aria-labelledby="phone-title">
            <h2 id="phone-title">"Phone"</h2>
            <Segments
                name="account_type"
                label="Account Type"
                choices=&["PGSM", "SNOM"]
                value=state.text(account_type)
                on_change=move |choice| state.edit(account_type, choice)
                error=state.error(account_type)
                help=|| "PGSM is a softphone, SNOM a desk phone on the LAN. SNOM always uses SDES. What you typed is kept when you switch."
            />
            <OtherType state=state />
            // Fields of the other type are disabled: a plain form does not post them.
            <fieldset class="stackv" hidden=move || !pgsm.get() disabled=move || !pgsm.get()>
                <PgsmFields state=state />
            </fieldset>
            <fieldset class="stackv" hidden=move || !snom.get() disabled=move || !snom.get()>
                <Field
                    name="mac"
                    label="Mac"
                    optional=true
                    error=state.error(AccountField::Mac)
                    help=|| "Kept for compatibility, not used to check the phone."
                >
                    <TextInput
                        name="mac"
                        mono=true
                        value=state.text(AccountField::Mac)
                        on_input=move |text| state.edit(AccountField::Mac, &text)
                        error=state.error(AccountField::Mac)
                    />
                </Field>
            </fieldset>
        </section>
        <fieldset class="plain" hidden=move || !snom.get() disabled=move || !snom.get()>
            <AclEditor state=state />
        </fieldset>
    }
}

/// Without WASM nothing swaps: a link opens the form of the other type.
#[component]
fn OtherType(state: FormState) -> impl IntoView {
    let group = use_query_map().with_untracked(|query| query.get("group")).map(|group| format!("&group={group}")).unwrap_or_default();
    let other = if state.is_type(AccountType::Pgsm).get_untracked() { "SNOM" } else { "PGSM" };
    (!state.is_editing()).then(|| {
        view! {
            <noscript>
                <p class="help">
                    <a href=format!("/accounts/new?type={other}{group}")>"Open the form for a " {other} " account"</a>
                </p>
            </noscript>
        }
    })
}

/// What only a softphone has.
#[component]
pub fn PgsmFields(state: FormState) -> impl IntoView {
    let security = AccountField::SecurityModel;
    let obfuscation = AccountField::Obfuscation;
    let key = AccountField::ObfuscationKey;
    let on = Signal::derive(move || state.text(obfuscation).with(|mode| mode == "ON"));
    view! {
        <Segments
            name="security_model"
            label="Security Model"
            choices=&["SDES", "ZRTP"]
            value=state.text(security)
            on_change=move |choice| state.edit(security, choice)
            error=state.error(security)
            help=|| "SDES (Enterprise): encrypted to the server. ZRTP (Professional): encrypted from phone to phone."
        />
        <Segments
            name="obfuscation"
            label="Obfuscation Mode"
            choices=&["ON", "OFF"]
            value=state.text(obfuscation)
            on_change=move |choice| state.edit(obfuscation, choice)
            error=state.error(obfuscation)
            help=|| "Keeps routers from recognising calls and degrading them. Not a perfect mask, but effective: leave it on."
        />
        <div hidden=move || !on.get()>
            <Field
                name="obfuscation_key"
                label="Obfuscation Key"
                error=state.error(key)
                help=|| "0 to 65535. The client needs the very same key: with another one calls fail, or turn voiceless."
            >
                <TextInput
                    name="obfuscation_key"
                    keyboard="numeric"
                    required=true
                    value=state.text(key)
                    on_input=move |text| state.edit(key, &text)
                    error=state.error(key)
                />
            </Field>
        </div>
    }
}
