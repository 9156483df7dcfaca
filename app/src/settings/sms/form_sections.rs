//! The sections of the gateway's form. Which gateway's fields are seen is settled by the style sheet, so that it follows the
//! choice without WASM, too.

use leptos::prelude::*;

use super::form_state::FormState;
use crate::domain::gateway::GatewayKind;
use crate::domain::gateway_address::GatewayAddress;
use crate::domain::gateway_draft::GatewayField;
use crate::ui::field::{Field, FieldError, TextInput, described_by};
use crate::ui::segments::Segments;

const KINDS: &[&str] = &[GatewayKind::Development.as_str(), GatewayKind::Kannel.as_str(), GatewayKind::Twilio.as_str()];

fn words(kind: &'static str) -> &'static str {
    kind.parse().map_or(kind, GatewayKind::label)
}

/// One line of text under the label of its field.
#[component]
fn Line(
    state: FormState,
    field: GatewayField,
    #[prop(optional)] optional: bool,
    #[prop(default = "text")] keyboard: &'static str,
    /// What counts while the field is empty.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    help: &'static str,
) -> impl IntoView {
    view! {
        <Field name=field.name() label=field.label() optional=optional error=state.error(field) help=move || help>
            <TextInput
                name=field.name()
                keyboard=keyboard
                required=!optional
                placeholder=placeholder
                value=state.text(field)
                on_input=move |text| state.edit(field, &text)
                error=state.error(field)
            />
        </Field>
    }
}

/// A secret: never sent to the browser, and typed only to change it.
#[component]
fn SecretLine(state: FormState, field: GatewayField, gateway: GatewayKind, help: &'static str) -> impl IntoView {
    let name = field.name();
    let error = state.error(field);
    let is_stored = state.has_secret(gateway);
    view! {
        <div class="field" class:bad=move || error.with(Option::is_some)>
            <label for=name>{field.label()}</label>
            <div class="in">
                // No `value`: what a refused form has brought does not go back.
                <input
                    id=name
                    name=name
                    type="password"
                    autocomplete="new-password"
                    autocapitalize="off"
                    spellcheck="false"
                    placeholder=is_stored.then_some("••••••••")
                    aria-required=(!is_stored).then_some("true")
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=described_by(name)
                    prop:value=state.text(field)
                    on:input=move |event| state.edit(field, &event_target_value(&event))
                />
            </div>
            <FieldError name=name error=error />
            <div class="help by" id=format!("{name}-help")>
                {if is_stored { "Stored; leave empty to keep it. With another address or user it has to be typed anew." } else { help }}
            </div>
        </div>
    }
}

/// Which gateway sends.
#[component]
pub fn Choice(state: FormState) -> impl IntoView {
    let kind = GatewayField::Kind;
    let help = move || {
        state.fields.draft.with(|draft| match draft.kind {
            Some(GatewayKind::Development) => "Sends to nobody: messages are only shown on the Messages page.",
            Some(GatewayKind::Kannel) => "Your own gateway, asked over HTTP.",
            Some(GatewayKind::Twilio) => "Twilio’s service, asked over the internet. It costs money for each part.",
            None => "",
        })
    };
    view! {
        <section aria-labelledby="gateway-title">
            <h2 id="gateway-title">"SMS gateway"</h2>
            <Segments
                name=kind.name()
                label="Messages are sent by"
                choices=KINDS
                words=words
                value=state.text(kind)
                on_change=move |choice| state.edit(kind, choice)
                error=state.error(kind)
                help=move || view! { {help} }
            />
        </section>
    }
}

#[component]
pub fn Kannel(state: FormState, origin: String) -> impl IntoView {
    let has_errors = state.has_errors(GatewayKind::Kannel);
    view! {
        <section class="kannel" class:shown=has_errors aria-labelledby="kannel-title">
            <h2 id="kannel-title">"Kannel"</h2>
            <Line
                state=state
                field=GatewayField::KannelUrl
                keyboard="url"
                placeholder=GatewayAddress::KANNEL_EXAMPLE
                help="Use https:// unless Kannel is on this machine or network: password and messages are in every call."
            />
            <Line state=state field=GatewayField::KannelUsername help="The username of a sendsms-user in kannel.conf." />
            <SecretLine
                state=state
                field=GatewayField::KannelPassword
                gateway=GatewayKind::Kannel
                help="The password of that sendsms-user. It is stored encrypted."
            />
            <Line
                state=state
                field=GatewayField::KannelSender
                optional=true
                help="A number, or a name of at most 11 letters. Empty leaves it to Kannel."
            />
            <Reports origin=origin kind=GatewayKind::Kannel />
        </section>
    }
}

#[component]
pub fn Twilio(state: FormState, origin: String) -> impl IntoView {
    let has_errors = state.has_errors(GatewayKind::Twilio);
    view! {
        <section class="twilio" class:shown=has_errors aria-labelledby="twilio-title">
            <h2 id="twilio-title">"Twilio"</h2>
            <Line
                state=state
                field=GatewayField::TwilioAccountSid
                help="Begins with AC. Twilio’s console shows it on its first page."
            />
            <SecretLine
                state=state
                field=GatewayField::TwilioAuthToken
                gateway=GatewayKind::Twilio
                help="Stands beside the Account SID in Twilio’s console. It is stored encrypted."
            />
            <Line
                state=state
                field=GatewayField::TwilioSender
                help="One of your numbers at Twilio, a name of at most 11 letters, or the SID of a messaging service."
            />
            <Line
                state=state
                field=GatewayField::TwilioUrl
                optional=true
                keyboard="url"
                placeholder=GatewayAddress::TWILIO
                help="Another one for Twilio’s regions only."
            />
            <Reports origin=origin kind=GatewayKind::Twilio />
        </section>
    }
}

/// Where the gateway reports what became of a message.
#[component]
fn Reports(origin: String, kind: GatewayKind) -> impl IntoView {
    view! {
        <p class="help">
            {kind.label()} " reports what became of a message to addresses that begin with "
            <code class="wrap">{format!("{origin}/receipts/{}/", kind.as_str())}</code>
            ". It has to reach them; without its reports messages stay accepted and are never shown as delivered."
        </p>
    }
}

/// How many messages, and where to.
#[component]
pub fn Limits(state: FormState) -> impl IntoView {
    view! {
        <section aria-labelledby="limits-title">
            <h2 id="limits-title">"Limits"</h2>
            <Line
                state=state
                field=GatewayField::PerNumberHour
                keyboard="numeric"
                help="1 to 100000. Test messages count, too."
            />
            <Line state=state field=GatewayField::PerOperatorHour keyboard="numeric" help="1 to 100000." />
            <Line state=state field=GatewayField::PerHour keyboard="numeric" help="1 to 100000. What one hour can cost." />
            <Line
                state=state
                field=GatewayField::CountryPrefixes
                optional=true
                placeholder="every country"
                help="Such as +39, +41. Messages go to numbers that begin so, and to no others. Empty allows every country."
            />
        </section>
    }
}
