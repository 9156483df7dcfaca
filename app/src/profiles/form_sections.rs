//! The sections of the profile form.

use leptos::prelude::*;

use super::sms_field::SmsField;
use crate::domain::media_encryption::MediaEncryption;
use crate::domain::profile_draft::{ProfileDraft, ProfileField};
use crate::domain::transport::Transport;
use crate::ui::draft_state::{DraftLine, DraftState};
use crate::ui::field::{Field, SelectInput};
use crate::ui::segments::Segments;

const TRANSPORTS: &[&str] = &[Transport::Udp.as_str(), Transport::Tcp.as_str(), Transport::Tls.as_str()];

pub type FormState = DraftState<ProfileDraft>;

#[component]
pub fn Naming(state: FormState) -> impl IntoView {
    view! {
        <section>
            <DraftLine state=state field=ProfileField::Name help=|| "What the profile is called in lists. It must be unique." />
        </section>
    }
}

/// Where a phone registers, and how it calls.
#[component]
pub fn Phone(state: FormState) -> impl IntoView {
    let (transport, encryption) = (ProfileField::Transport, ProfileField::MediaEncryption);
    let usual_port = Signal::derive(move || state.draft.with(|draft| draft.transport.unwrap_or_default().default_port().to_string()));
    let words = |choice: MediaEncryption| match choice {
        MediaEncryption::Enforced => "Enforced: no call without it",
        MediaEncryption::Preferred => "Preferred: else a call in the clear",
    };
    let encryptions = Signal::stored(MediaEncryption::ALL.map(|choice| (choice.as_str().to_owned(), words(choice).to_owned())).to_vec());
    view! {
        <section aria-labelledby="phone-title">
            <h2 id="phone-title">"Phone"</h2>
            <DraftLine
                state=state
                field=ProfileField::SipHost
                keyboard="url"
                help=|| "Where phones register: a host name such as sip.example.com, or an IP address."
            />
            <DraftLine
                state=state
                field=ProfileField::SipPort
                optional=true
                keyboard="numeric"
                placeholder=usual_port
                help=|| "Empty is the usual port of the transport."
            />
            <Segments
                name=transport.name()
                label=transport.label()
                choices=TRANSPORTS
                value=state.text(transport)
                on_change=move |choice| state.edit(transport, choice)
                error=state.error(transport)
                help=|| "Over UDP and TCP, who calls whom can be read on the way."
            />
            <DraftLine
                state=state
                field=ProfileField::Expires
                keyboard="numeric"
                help=|| "60 to 86400. After this time a phone that has not registered again cannot be called."
            />
            <Field
                name=encryption.name()
                label=encryption.label()
                error=state.error(encryption)
                help=|| "What a phone does when the other side does not encrypt. How it encrypts is the account’s Security Model."
            >
                <SelectInput
                    name=encryption.name()
                    value=state.text(encryption)
                    choices=encryptions
                    on_change=move |text| state.edit(encryption, &text)
                    error=state.error(encryption)
                />
            </Field>
        </section>
    }
}

/// Whom users ask.
#[component]
pub fn Support(state: FormState) -> impl IntoView {
    view! {
        <section aria-labelledby="support-title">
            <h2 id="support-title">"Support"</h2>
            <DraftLine
                state=state
                field=ProfileField::SupportPhone
                optional=true
                kind="tel"
                keyboard="tel"
                help=|| "Whom users call for help. The pages behind the links name it."
            />
            <DraftLine state=state field=ProfileField::SupportEmail optional=true kind="email" keyboard="email" help=|| "Where users write for help." />
        </section>
    }
}

/// Where the clients are.
#[component]
pub fn Downloads(state: FormState) -> impl IntoView {
    view! {
        <section aria-labelledby="downloads-title">
            <h2 id="downloads-title">"Downloads"</h2>
            <DraftLine
                state=state
                field=ProfileField::AndroidLink
                optional=true
                kind="url"
                keyboard="url"
                help=|| "An https:// link. The Installation SMS leads to a page that offers the one for the user’s phone."
            />
            <DraftLine state=state field=ProfileField::IosLink optional=true kind="url" keyboard="url" help=|| "An https:// link." />
            <DraftLine
                state=state
                field=ProfileField::OtherLink
                optional=true
                kind="url"
                keyboard="url"
                help=|| "An https:// link, for phones that are neither."
            />
        </section>
    }
}

/// What users are sent.
#[component]
pub fn Sms(state: FormState) -> impl IntoView {
    view! {
        <section aria-labelledby="sms-title">
            <h2 id="sms-title">"SMS"</h2>
            <DraftLine
                state=state
                field=ProfileField::LinkHours
                keyboard="numeric"
                help=|| "1 to 720. For how long an activation link can be used after it was sent."
            />
            <SmsField state=state field=ProfileField::InstallationText />
            <SmsField state=state field=ProfileField::ActivationText />
        </section>
    }
}
