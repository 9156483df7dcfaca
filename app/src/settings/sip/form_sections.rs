//! The sections of the SIP settings' form.

use leptos::prelude::*;

use super::view::Outdated;
use crate::domain::digest_algorithm::DigestAlgorithm;
use crate::domain::keep_alive;
use crate::domain::sip_settings::{SipField, SipSettingsDraft};
use crate::domain::transport::Transport;
use crate::ui::draft_state::{DraftLine, DraftState};
use crate::ui::dynamic::dynamic;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, Tone};
use crate::ui::segments::Segments;

pub type FormState = DraftState<SipSettingsDraft>;

const DIGESTS: &[&str] = &[DigestAlgorithm::Md5.as_str(), DigestAlgorithm::Sha256.as_str()];
const TRANSPORTS: &[&str] = &[Transport::Udp.as_str(), Transport::Tcp.as_str(), Transport::Tls.as_str()];

/// The accounts whose phones cannot register, as long as there are any.
#[component]
pub fn OutdatedLine(outdated: Outdated, sip_domain: String) -> impl IntoView {
    let link = if outdated.by_sms > 0 { "Send activations…" } else { "Show these accounts" };
    outdated.words(&sip_domain).map(|words| {
        view! {
            <MessageLine tone=Tone::Warn>
                {words} " "
                <a href="/accounts?password=outdated">{link}</a>
            </MessageLine>
        }
    })
}

/// What the SIP server and all accounts share.
#[component]
pub fn Server(
    state: FormState,
    /// The digest that is asked for now.
    digest_in_force: DigestAlgorithm,
) -> impl IntoView {
    let digest = SipField::SipDigest;
    let other_digest = move || {
        let is_other = state.draft.with(|draft| draft.sip_digest.is_some_and(|digest| digest != digest_in_force));
        is_other.then(|| {
            view! {
                <p class="note">
                    <Icon name="warn" />
                    <span>
                        "Linphone keeps the digest for which it was activated: after the change each has to be activated again."
                    </span>
                </p>
            }
        })
    };
    let cost = move || state.draft.with(|draft| draft.interval()).map(|seconds| keep_alive::cost(u32::from(seconds)).text());
    let costs =
        move || cost().map(|cost| format!("About {cost} for each phone whose account has Keep-alive Enabled. ")).unwrap_or_default();
    view! {
        <section aria-labelledby="sip-title">
            <h2 id="sip-title">"SIP server"</h2>
            <DraftLine
                state=state
                field=SipField::SipDomain
                keyboard="url"
                help=|| {
                    "What phones register with, such as sip.example.com. Every password is made for it: with another one each account needs a new password. The SIP server’s certificate has to name it, and a running Kamailio takes it when it is started again."
                }
            />
            <Segments
                name=digest.name()
                label=digest.label()
                choices=DIGESTS
                value=state.text(digest)
                on_change=move |choice| state.edit(digest, choice)
                error=state.error(digest)
                help=move || {
                    view! {
                        "How phones prove that they know the password; the SIP server has to ask for the same. Every phone knows MD5. SHA-256 is stronger, and known to newer ones."
                        {dynamic(move || other_digest().into_any())}
                    }
                }
            />
            <DraftLine
                state=state
                field=SipField::KeepAliveSeconds
                keyboard="numeric"
                help=move || {
                    view! {
                        "10 to 3600. "
                        {costs}
                        "A running Kamailio takes a new interval when it is started again."
                    }
                }
            />
        </section>
    }
}

/// What the form of a new provisioning profile opens with.
#[component]
pub fn Defaults(state: FormState) -> impl IntoView {
    let transport = SipField::SipTransport;
    let in_the_clear = move || {
        let is_open = state.draft.with(|draft| matches!(draft.sip_transport, Some(Transport::Udp | Transport::Tcp)));
        is_open.then(|| {
            view! {
                <p class="note">
                    <Icon name="warn" />
                    <span>
                        "UDP and TCP are not encrypted: who calls whom can be read on the way, and the keys of calls with SDES, too."
                    </span>
                </p>
            }
        })
    };
    view! {
        <section aria-labelledby="defaults-title">
            <h2 id="defaults-title">"New provisioning profiles"</h2>
            <p class="help">"What their form opens with. Profiles that are there keep their own."</p>
            <Segments
                name=transport.name()
                label=transport.label()
                choices=TRANSPORTS
                value=state.text(transport)
                on_change=move |choice| state.edit(transport, choice)
                error=state.error(transport)
                help=move || view! { "How phones reach the SIP server." {dynamic(move || in_the_clear().into_any())} }
            />
            <DraftLine
                state=state
                field=SipField::SipPort
                keyboard="numeric"
                help=|| "1 to 65535. Usual are 5060 for UDP and TCP, and 5061 for TLS."
            />
        </section>
    }
}
