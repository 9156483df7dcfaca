//! What somebody else saved while the form was open, told above it: both values, and nothing is lost.

use leptos::prelude::*;

use super::state::FormState;
use crate::domain::account_field::AccountField;
use crate::domain::edit_conflict::Differing;
use crate::ui::icon::Icon;

/// `names`: what the choices of a group and of a profile are called.
#[component]
pub fn ConflictMessage(state: FormState, names: Vec<(String, String)>) -> impl IntoView {
    let names = StoredValue::new(names);
    let line = move |Differing { field, theirs }: Differing| {
        let label = field.label();
        view! {
            <li class="row">
                <span>
                    {label} ": yours stands in the form. Theirs is " <bdi>{names.with_value(|names| in_words(field, &theirs, names))}</bdi> "."
                </span>
                <button type="button" class="btn tiny live" aria-label=format!("Use their {label}") on:click=move |_| state.use_theirs(field)>
                    "Use theirs"
                </button>
            </li>
        }
    };
    view! {
        <div role="alert" id="conflict" tabindex="-1">
            {move || {
                state
                    .conflict
                    .get()
                    .map(|conflict| {
                        view! {
                            <div class="msg warn">
                                <Icon name="warn" />
                                <div>
                                    <b>"Somebody else saved this account while you were editing it."</b>
                                    " Nothing of yours is lost: look at the fields and press Update again. What stands in the form then counts."
                                    <ul>
                                        {conflict
                                            .taken
                                            .into_iter()
                                            .map(|field| view! { <li>{field.label()} ": now has their value."</li> })
                                            .collect_view()} {conflict.differing.into_iter().map(line).collect_view()}
                                        {conflict
                                            .new_password
                                            .then(|| {
                                                view! { <li>"Password: they set a new one. Leave both password fields empty to keep it."</li> }
                                            })}
                                    </ul>
                                </div>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// A value as the form shows it.
fn in_words(field: AccountField, value: &str, names: &[(String, String)]) -> String {
    let switch = matches!(field, AccountField::Visible | AccountField::KeepAlive);
    match value {
        "" if switch => "off".into(),
        "" => "empty".into(),
        on if switch => on.into(),
        value => format!("“{}”", names.iter().find(|(id, _)| id == value).map_or(value, |(_, name)| name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_as_the_form_shows_them() {
        let names = [("0199".to_owned(), "Ufficio Milano".to_owned())];
        assert_eq!(in_words(AccountField::Group, "0199", &names), "“Ufficio Milano”");
        assert_eq!(in_words(AccountField::Owner, "Ada", &names), "“Ada”");
        assert_eq!(in_words(AccountField::Owner, "", &names), "empty");
        assert_eq!(in_words(AccountField::Visible, "", &names), "off");
        assert_eq!(in_words(AccountField::KeepAlive, "on", &names), "on");
    }
}
