//! Setting up, changing and removing one's own second factor. Plain forms, a step each.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::domain::second_factor::SecondFactor;
use crate::domain::secret::Secret;
use crate::operators::operator::{SECOND_FACTOR, use_operator};
use crate::operators::password_page::PasswordInput;
use crate::operators::view::SecondFactorStep;
use crate::ui::message::{MessageLine, Tone};
use crate::ui::solo::Solo;

#[component]
pub fn SecondFactorPage() -> impl IntoView {
    let step = SharedValue::new(|| use_context::<SecondFactorStep>().unwrap_or_default()).into_inner();
    let operator = use_operator();
    let (name, state) = operator.map_or((String::new(), SecondFactor::Off), |operator| (operator.name, operator.second_factor));
    let SecondFactorStep { message, key, svg, recovery_codes } = step;
    let is_done = !recovery_codes.is_empty();
    let content = if is_done {
        view! { <Done codes=recovery_codes /> }.into_any()
    } else if !key.is_empty() {
        view! { <Confirm key=key svg=svg message=message /> }.into_any()
    } else {
        view! { <Begin name=name state=state message=message /> }.into_any()
    };
    view! {
        <Title text="Second factor" />
        <Solo>
                {content}
                {match (state, is_done) {
                    (_, true) => ().into_any(),
                    (SecondFactor::Needed, false) => {
                        view! {
                            <form method="post" action="/sign-out">
                                <button type="submit" class="btn flat">
                                    "Sign out"
                                </button>
                            </form>
                        }
                            .into_any()
                    }
                    (SecondFactor::Off | SecondFactor::On, false) => {
                        view! {
                            <a href="/me" rel="external">
                                "Back to your account"
                            </a>
                        }
                            .into_any()
                    }
                }}
        </Solo>
    }
}

#[component]
fn Refused(message: String) -> impl IntoView {
    (!message.is_empty()).then(|| view! { <MessageLine tone=Tone::Bad>{message}</MessageLine> })
}

/// Who it is, asked again: an open session alone changes nothing.
#[component]
fn Begin(name: String, state: SecondFactor, message: String) -> impl IntoView {
    let is_on = state == SecondFactor::On;
    let lead = match state {
        SecondFactor::Off => "From then on, signing in takes your password and a code that an authenticator app on your phone shows.",
        SecondFactor::Needed => {
            "Admins of this service need a second factor. Nothing else opens before: signing in then takes your password and a code that an authenticator app on your phone shows."
        }
        SecondFactor::On => {
            "Your second factor is on. Set it up anew for another phone, or for new recovery codes; until that is done, the one of now counts."
        }
    };
    view! {
        <form class="card" method="post" action=SECOND_FACTOR>
            <h1>{if is_on { "Second factor" } else { "Set up a second factor" }}</h1>
            <Refused message=message />
            <p class="help">{lead}</p>
            <input type="text" name="name" value=name autocomplete="username" readonly hidden />
            <PasswordInput name="password" label="Your password" autocomplete="current-password" />
            {is_on
                .then(|| {
                    view! {
                        <div class="field">
                            <label for="code">"Code"</label>
                            <div class="in">
                                <input
                                    id="code"
                                    name="code"
                                    class="mono"
                                    required
                                    maxlength="40"
                                    autocomplete="one-time-code"
                                    autocapitalize="off"
                                    spellcheck="false"
                                    aria-describedby="code-help"
                                />
                            </div>
                            <p class="help" id="code-help">
                                "From your app, or a recovery code."
                            </p>
                        </div>
                    }
                })}
            <button type="submit" class="btn main big" name="step" value="begin">
                {if is_on { "Set up anew" } else { "Go on" }}
            </button>
            {is_on
                .then(|| {
                    view! {
                        <button type="submit" class="btn bad" name="step" value="remove">
                            "Remove second factor"
                        </button>
                    }
                })}
        </form>
    }
}

#[component]
fn Confirm(key: Secret, svg: Secret, message: String) -> impl IntoView {
    view! {
        <form class="card" method="post" action=SECOND_FACTOR>
            <h1>"Scan, then confirm"</h1>
            <Refused message=message />
            <p>"1. Scan this with an authenticator app, such as Aegis, Google Authenticator or the one in your password manager."</p>
            <div class="qr" role="img" aria-label="QR code of the key" inner_html=svg.expose().to_owned()></div>
            <p class="help">
                "Or type this key into the app:" <br /> <code class="key">{key.expose().to_owned()}</code>
            </p>
            <div class="field">
                <label for="code">"2. Enter the code that it shows now"</label>
                <div class="in">
                    <input
                        id="code"
                        name="code"
                        class="mono"
                        required
                        maxlength="20"
                        inputmode="numeric"
                        autocomplete="one-time-code"
                        autofocus
                    />
                </div>
            </div>
            <button type="submit" class="btn main big" name="step" value="confirm">
                "Confirm"
            </button>
            <p class="help">"Your other sessions end then."</p>
        </form>
    }
}

#[component]
fn Done(codes: Vec<Secret>) -> impl IntoView {
    view! {
        <section class="card">
            <h1>"Keep your recovery codes"</h1>
            <MessageLine tone=Tone::Ok>"Your second factor is on."</MessageLine>
            <p>
                "Each of these signs you in once without your phone. Print them or put them into a password manager, not on the phone itself: they are shown this once."
            </p>
            <ul class="codes" aria-label="Recovery codes">
                {codes.into_iter().map(|code| view! { <li>{code.expose().to_owned()}</li> }).collect_view()}
            </ul>
            <a class="btn main big" href="/me" rel="external">
                "I have kept them"
            </a>
        </section>
    }
}
