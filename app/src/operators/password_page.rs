//! One's own password: asked for after a one-time password, and at any time later. A plain form.

use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use crate::operators::operator::use_operator;
use crate::ui::message::{MessageLine, Tone};
use crate::ui::solo::Solo;

/// What a refused change leaves on the page. The server puts it into the context when it renders the form again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PasswordTry {
    pub message: String,
}

#[component]
pub fn PasswordPage() -> impl IntoView {
    let tried = SharedValue::new(|| use_context::<PasswordTry>().unwrap_or_default()).into_inner();
    let operator = use_operator();
    let one_time = operator.as_ref().is_some_and(|operator| operator.must_change_password);
    let name = operator.map(|operator| operator.name).unwrap_or_default();
    let failed = !tried.message.is_empty();
    view! {
        <Title text="Change password" />
        <Solo>
                <form class="card" method="post" action="/password">
                    <h1>{if one_time { "Choose your password" } else { "Change password" }}</h1>
                    {failed.then(|| view! { <MessageLine tone=Tone::Bad>{tried.message.clone()}</MessageLine> })}
                    {(one_time && !failed)
                        .then(|| {
                            view! {
                                <p class="help">
                                    "The password that you signed in with opens nothing but this page. Choose one that only you know."
                                </p>
                            }
                        })}
                    <input type="text" name="name" value=name autocomplete="username" readonly hidden />
                    <PasswordInput name="current" label=if one_time { "One-time password" } else { "Current password" } autocomplete="current-password" />
                    <PasswordInput
                        name="new"
                        label="New password"
                        autocomplete="new-password"
                        help="At least 12 characters. A few words that belong together only for you are best."
                    />
                    <PasswordInput name="repeat" label="Repeat new password" autocomplete="new-password" />
                    <button type="submit" class="btn main big">
                        "Save password"
                    </button>
                    <p class="help">"Your other sessions end when the password changes."</p>
                </form>
                {if one_time {
                    view! {
                        <form method="post" action="/sign-out">
                            <button type="submit" class="btn flat">
                                "Sign out"
                            </button>
                        </form>
                    }
                        .into_any()
                } else {
                    view! { <a href="/me">"Back to your account"</a> }.into_any()
                }}
        </Solo>
    }
}

/// A field for a password, which is never shown again.
#[component]
pub fn PasswordInput(
    name: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    #[prop(optional)] help: &'static str,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <div class="in">
                <input id=name name=name type="password" required maxlength="200" autocomplete=autocomplete aria-describedby=format!("{name}-help") />
            </div>
            <p class="help" id=format!("{name}-help")>
                {help}
            </p>
        </div>
    }
}
