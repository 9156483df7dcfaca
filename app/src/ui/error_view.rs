//! What stands in the place of content that could not be had.

use leptos::prelude::*;

use super::icon::Icon;
use crate::error::AppError;

/// The sentence of the error, and the way on: try again, or sign in again.
#[component]
pub fn FailedView(error: AppError, retry: impl Fn() + 'static) -> impl IntoView {
    let signed_out = error == AppError::SignedOut;
    view! {
        <section class="void" role="alert">
            <Icon name="bad" />
            <h2>"This could not be loaded"</h2>
            <p>{error.to_string()}</p>
            <div class="row">
                {if signed_out {
                    view! {
                        <a class="btn main" href="/sign-in" rel="external">
                            "Sign in"
                        </a>
                    }
                        .into_any()
                } else {
                    view! {
                        <button type="button" class="btn main" on:click=move |_| retry()>
                            <Icon name="refresh" />
                            "Try again"
                        </button>
                    }
                        .into_any()
                }}
            </div>
        </section>
    }
}
