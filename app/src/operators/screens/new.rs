//! New operator: a name and a role; the password is made by Ringkey and shown once.

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;
use leptos_meta::Title;

use super::one_time::OneTimePassword;
use super::role::RoleChoice;
use crate::domain::operator::OperatorName;
use crate::domain::role::Role;
use crate::operators::api::create_operator;
use crate::ui::error_summary::{ErrorSummary, bring_into_view, show_summary};
use crate::ui::field::{Field, TextInput};
use crate::ui::head::Head;
use crate::ui::message::{MessageLine, NeedsScript, Tone};

/// Where the result is told.
const RESULT: &str = "created";

#[component]
pub fn NewOperator() -> impl IntoView {
    let (name, role) = (RwSignal::new(String::new()), RwSignal::new(Role::Operator));
    let (tried, message) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let mistake = Signal::derive(move || name.with(|name| OperatorName::parse(name)).err().filter(|_| tried.get()).map(|e| e.to_string()));
    let made = RwSignal::new(None);
    let create = Action::new(move |(): &()| {
        let (name, role) = (name.get_untracked(), role.get_untracked());
        async move { create_operator(name.clone(), role).await.map(|password| (name.trim().to_owned(), role, password)) }
    });
    Effect::new(move |_| match create.value().get() {
        Some(Ok(created)) => {
            made.set(Some(created));
            bring_into_view(RESULT);
        }
        Some(Err(error)) => {
            message.set(Some(error.to_string()));
            show_summary();
        }
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        message.set(None);
        if name.with_untracked(|name| OperatorName::parse(name)).is_err() {
            show_summary();
        } else if !create.pending().get_untracked() {
            create.dispatch(());
        }
    };
    let again = move || {
        name.set(String::new());
        role.set(Role::Operator);
        tried.set(false);
        made.set(None);
    };
    let problems = Signal::derive(move || mistake.get().map(|text| ("name", "Name", text)).into_iter().collect::<Vec<_>>());
    view! {
        <Title text="New operator" />
        <Head title="New operator" crumb=("Operators".to_owned(), "/operators".to_owned()) />
        <div id=RESULT role="status" tabindex="-1">
            {move || {
                made.get()
                    .map(|(name, role, password)| {
                        let told = name.clone();
                        view! {
                            <MessageLine tone=Tone::Ok>
                                <b dir="auto">{told}</b>
                                " can sign in now, as "
                                {role.as_str()}
                                "."
                            </MessageLine>
                            <OneTimePassword name=name password=password />
                            <div class="row">
                                <a href="/operators" class="btn main">
                                    "Done"
                                </a>
                                <button type="button" class="btn" on:click=move |_| again()>
                                    "Another operator"
                                </button>
                            </div>
                        }
                    })
            }}
        </div>
        <form class="form" novalidate hidden=move || made.with(Option::is_some) on:submit=submit>
            <ErrorSummary what="The operator was not created" problems=problems message=message />
            <NeedsScript what="Making an operator" />
            <section>
                <Field
                    name="name"
                    label="Name"
                    error=mistake
                    help=|| "To sign in with: 1 to 64 characters, upper and lower case alike. The history names the operator by it."
                >
                    <TextInput
                        name="name"
                        value=name
                        on_input=move |text| {
                            name.set(text);
                            message.set(None);
                        }
                        error=mistake
                        required=true
                    />
                </Field>
                <RoleChoice role=role />
            </section>
            <div class="foot">
                <button type="submit" class="btn main live" aria-busy=move || create.pending().get().then_some("true")>
                    "Create"
                </button>
                <a href="/operators" class="btn flat">
                    "Cancel"
                </a>
                <span class="sub">"Ringkey makes a one-time password and shows it next."</span>
            </div>
        </form>
    }
}
