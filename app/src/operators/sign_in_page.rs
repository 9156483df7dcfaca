//! Sign in: a plain form, so that it works before and without the WASM.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use crate::ui::message::{MessageLine, Tone};
use crate::ui::solo::Solo;

/// What a failed try leaves on the page. The server puts it into the context when it renders the form again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SignInTry {
    pub name: String,
    pub message: String,
}

#[component]
pub fn SignInPage() -> impl IntoView {
    let tried = SharedValue::new(|| use_context::<SignInTry>().unwrap_or_default()).into_inner();
    let next = use_query_map().with_untracked(|query| query.get("next").unwrap_or_default());
    let failed = !tried.message.is_empty();
    view! {
        <Title text="Sign in" />
        <Solo>
                <form class="card" method="post" action="/sign-in">
                    <h1>"Sign in"</h1>
                    {failed.then(|| view! { <MessageLine tone=Tone::Bad>{tried.message.clone()}</MessageLine> })}
                    <input type="hidden" name="next" value=next />
                    <div class="field">
                        <label for="name">"Operator"</label>
                        <div class="in">
                            <input
                                id="name"
                                name="name"
                                value=tried.name
                                required
                                maxlength="64"
                                autocomplete="username"
                                autocapitalize="off"
                                autofocus=!failed
                            />
                        </div>
                    </div>
                    <div class="field">
                        <label for="password">"Password"</label>
                        <div class="in">
                            <input
                                id="password"
                                name="password"
                                type="password"
                                required
                                maxlength="200"
                                autocomplete="current-password"
                                autofocus=failed
                            />
                        </div>
                    </div>
                    <button type="submit" class="btn main big">
                        "Sign in"
                    </button>
                </form>
                <p class="sub">
                    "Forgotten it? An admin of this service can reset it on the Operators page, or with " <code>"ringkey operator passwd"</code> "."
                </p>
        </Solo>
    }
}
