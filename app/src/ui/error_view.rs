//! What stands in the place of content that could not be had.

use leptos::prelude::*;

use super::dynamic::dynamic;
use super::icon::Icon;
use super::message::{MessageLine, Tone};
use crate::error::AppError;

/// The sentence of the error, and the way on: try again, sign in again, or back to where things are listed.
#[component]
pub fn FailedView(
    error: AppError,
    retry: impl Fn() + 'static,
    /// Name and address of the list that the missing thing would be in; then nothing else stands on the page.
    #[prop(optional)]
    list: Option<(&'static str, &'static str)>,
) -> impl IntoView {
    failed(&error, Box::new(retry), list)
}

/// Once for all screens, whatever it is that they try again.
fn failed(error: &AppError, retry: Box<dyn Fn()>, list: Option<(&'static str, &'static str)>) -> AnyView {
    let missing = matches!(error, AppError::NotFound(_));
    let heading = if missing { "Not found" } else { "This could not be loaded" };
    // The first heading of a page is its h1.
    let heading = if list.is_some() { view! { <h1>{heading}</h1> }.into_any() } else { view! { <h2>{heading}</h2> }.into_any() };
    let way_on = if missing {
        let (name, address) = list.unwrap_or(("Group List", "/groups"));
        view! {
            <a class="btn main" href=address>
                {name}
            </a>
        }
        .into_any()
    } else if *error == AppError::SignedOut {
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
    };
    view! {
        <section class="void" role="alert">
            <Icon name=if missing { "search" } else { "bad" } />
            {heading}
            <p>{error.to_string()}</p>
            <div class="row">{way_on}</div>
        </section>
    }
    .into_any()
}

/// Why the rows of a list are not those that one asked for; those that were there stay.
#[component]
pub fn ListProblem(problem: RwSignal<Option<AppError>>, again: impl Fn() + Copy + Send + 'static) -> impl IntoView {
    dynamic(move || {
        let told = |error: AppError| {
            view! {
                <MessageLine tone=Tone::Bad>
                    {error.to_string()} " "
                    <button type="button" class="btn tiny" on:click=move |_| again()>
                        "Try again"
                    </button>
                </MessageLine>
            }
        };
        problem.get().map(told).into_any()
    })
}
