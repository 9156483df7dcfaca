//! The form of the Activation Wizard: what its user will be told, and nothing that the activation sets by itself.

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;
use leptos_router::hooks::use_navigate;

use super::identity::Identity;
use super::phone::PgsmFields;
use super::state::FormState;
use crate::accounts::api::create_by_wizard;
use crate::accounts::view::AccountFormStart;
use crate::domain::account_field::AccountField;
use crate::error::AppError;
use crate::groups::view::GroupChoice;
use crate::profiles::ProfileChoice;
use crate::ui::error_summary::{ErrorSummary, show_summary};
use crate::ui::field::{Field, SelectInput};
use crate::ui::flash::{Flash, flash_next};

#[component]
pub fn WizardForm(
    start: AccountFormStart,
    /// Where one came from, and goes back to.
    back: String,
) -> impl IntoView {
    let state = FormState::of_wizard(&start);
    let message = RwSignal::new(start.message.clone());
    follow_group(state, start.groups.clone());
    let create = Action::new(move |(): &()| {
        let draft = state.draft.with_untracked(|draft| draft.for_type());
        create_by_wizard(state.id, draft)
    });
    let navigate = use_navigate();
    Effect::new(move |_| match create.value().get() {
        Some(Ok(made)) => {
            let text = if made.is_another {
                format!("Account created with the username {}: somebody has taken the one that was shown", made.username)
            } else {
                "Account created".to_owned()
            };
            flash_next(Flash { text, link: None });
            navigate(&format!("/accounts/{}", state.id), Default::default());
        }
        Some(Err(error)) => {
            match error {
                AppError::InvalidAccount(errors) => state.refused.set(errors),
                other => message.set(Some(other.to_string())),
            }
            show_summary();
        }
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        state.tried.set(true);
        message.set(None);
        if !state.is_valid() {
            show_summary();
        } else if !create.pending().get_untracked() {
            create.dispatch(());
        }
    };
    view! {
        <form class="form" method="post" novalidate on:submit=submit>
            <ErrorSummary what="The account was not created" problems=state.problems() message=message />
            <p class="lead">
                "The account is disabled and has no password until its phone is activated. Once it is created, send its user the Installation SMS, and then the Activation SMS."
            </p>
            <input type="hidden" name="id" value=state.id.to_string() />
            <input type="hidden" name="version" value="0" />
            <Unasked state=state />
            <Identity state=state groups=start.groups sip_domain=start.sip_domain />
            <section aria-labelledby="phone-title">
                <h2 id="phone-title">"Phone"</h2>
                <Profile state=state profiles=start.profiles />
                <PgsmFields state=state />
            </section>
            <div class="foot">
                <button type="submit" class="btn main" aria-busy=move || create.pending().get().then_some("true")>
                    "Create"
                </button>
                <a href=back class="btn flat">
                    "Cancel"
                </a>
            </div>
        </form>
    }
}

/// What the wizard does not ask, for a form that is posted without WASM.
#[component]
fn Unasked(state: FormState) -> impl IntoView {
    let fields = [AccountField::AccountType, AccountField::Visible, AccountField::CallLimit];
    fields
        .map(|field| {
            let value = state.draft.with_untracked(|draft| draft.get(field).into_owned());
            (!value.is_empty()).then(|| view! { <input type="hidden" name=field.name() value=value /> })
        })
        .collect_view()
}

#[component]
fn Profile(state: FormState, profiles: Vec<ProfileChoice>) -> impl IntoView {
    let field = AccountField::Profile;
    let choices: Vec<_> = profiles.into_iter().map(|profile| (profile.id.to_string(), profile.name)).collect();
    view! {
        <Field
            name="profile"
            label="Provisioning Profile"
            error=state.error(field)
            help=|| "What its user reads in the SMSes, and what its phone is told. It begins as the group’s."
        >
            <SelectInput
                name="profile"
                value=state.text(field)
                choices=choices
                on_change=move |text| state.edit(field, &text)
                error=state.error(field)
            />
        </Field>
    }
}

/// With another group comes its profile, until one is chosen by hand.
fn follow_group(state: FormState, groups: Vec<GroupChoice>) {
    let chosen = Memo::new(move |_| state.draft.with(|draft| draft.group.clone()));
    Effect::new(move |before: Option<String>| {
        let chosen = chosen.get();
        if before.is_some_and(|before| before != chosen)
            && let Some(group) = groups.iter().find(|group| group.id.to_string() == chosen)
        {
            state.follow_profile(&group.profile_id.to_string());
        }
        chosen
    });
}
