//! What an admin can do to another operator: a line each, with what it means, and a question before it is done.

use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::secret::Secret;
use crate::operators::api::act_on_operator;
use crate::operators::view::OperatorAct;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::flash::flash_here;
use crate::ui::message::{MessageLine, Tone};

struct Words {
    /// The button.
    label: &'static str,
    help: &'static str,
    /// What is asked before; what can be taken back at once is not asked.
    question: Option<&'static str>,
    done: &'static str,
    /// The button warns.
    warns: bool,
}

const fn words(act: OperatorAct) -> Words {
    match act {
        OperatorAct::Disable => Words {
            label: "Disable",
            help: "Lets the operator in no more. The history keeps the name, and it can be taken back.",
            question: Some("The operator’s sessions end at once, and signing in is refused until an admin enables the operator again."),
            done: "Operator disabled",
            warns: true,
        },
        OperatorAct::Enable => Words {
            label: "Enable",
            help: "The operator is disabled. Lets the operator in again, with the password of before.",
            question: None,
            done: "Operator enabled",
            warns: false,
        },
        OperatorAct::ResetPassword => Words {
            label: "Reset password",
            help: "For who has forgotten it: makes a one-time password, which is shown once.",
            question: Some(
                "The password of now stops working, and the operator’s sessions end at once. You get a one-time password to hand over.",
            ),
            done: "Password reset",
            warns: false,
        },
        OperatorAct::EndSessions => Words {
            label: "End sessions",
            help: "Signs the operator out everywhere: for a browser that was left open, or a device that is lost.",
            question: Some("The operator is signed out everywhere at once. What is half typed there is lost; signing in again is open."),
            done: "Sessions ended",
            warns: false,
        },
        OperatorAct::RemoveSecondFactor => Words {
            label: "Remove second factor",
            help: "For who has lost the phone and the recovery codes: signing in takes the password alone then.",
            question: Some(
                "Make sure that it is the operator who asks: from now on the password alone opens. The operator’s sessions end, and the recovery codes stop working.",
            ),
            done: "Second factor removed",
            warns: true,
        },
    }
}

#[component]
pub fn ActLine(
    id: Uuid,
    name: String,
    act: OperatorAct,
    /// Called with what it has made.
    done: Callback<Option<Secret>>,
) -> impl IntoView {
    let Words { label, help, question, done: told, warns } = words(act);
    let asking = RwSignal::new(false);
    let run = Action::new(move |(): &()| act_on_operator(id, act));
    Effect::new(move |_| {
        if let Some(Ok(made)) = run.value().get() {
            asking.set(false);
            flash_here(told);
            done.run(made);
        }
    });
    let problem = Signal::derive(move || match run.value().get() {
        Some(Err(error)) => Some(error.to_string()),
        _ => None,
    });
    let begin = move || {
        if question.is_some() {
            run.clear();
            asking.set(true);
        } else if !run.pending().get_untracked() {
            run.dispatch(());
        }
    };
    view! {
        <div class="deed">
            <p>
                <b>{label}</b>
                <span class="help">{help}</span>
            </p>
            <button
                type="button"
                class="btn live"
                class:bad=warns
                aria-busy=move || run.pending().get().then_some("true")
                on:click=move |_| begin()
            >
                {label}
            </button>
        </div>
        {match question {
            Some(question) => {
                view! {
                    <ConfirmDialog
                        open=asking
                        title=title(act, &name)
                        action=label
                        busy=run.pending()
                        problem=problem
                        on_confirm=move || {
                            run.dispatch(());
                        }
                    >
                        <p>{question}</p>
                    </ConfirmDialog>
                }
                    .into_any()
            }
            None => {
                view! {
                    <div role="alert">
                        {move || problem.get().map(|text| view! { <MessageLine tone=Tone::Bad>{text}</MessageLine> })}
                    </div>
                }
                    .into_any()
            }
        }}
    }
}

fn title(act: OperatorAct, name: &str) -> String {
    match act {
        OperatorAct::Disable => format!("Disable {name}?"),
        OperatorAct::Enable => format!("Enable {name}?"),
        OperatorAct::ResetPassword => format!("Reset the password of {name}?"),
        OperatorAct::EndSessions => format!("End the sessions of {name}?"),
        OperatorAct::RemoveSecondFactor => format!("Remove the second factor of {name}?"),
    }
}
