//! Two people edit one account: the second is told, sees both values, and loses nothing.

use leptos::prelude::*;

use super::state::FormState;
use crate::domain::account_draft::AccountDraft;
use crate::domain::account_field::AccountField;
use crate::ui::icon::Icon;

/// A field that both have changed: what it is here, and what it is in the database now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BothChanged {
    pub field: AccountField,
    pub theirs: String,
}

/// The draft after somebody else's save.
pub struct Merged {
    /// Ours where we changed something, theirs elsewhere.
    pub draft: AccountDraft,
    /// Fields that only they changed: their value is in the draft now.
    pub taken: Vec<AccountField>,
    /// Fields that both changed, to different values: ours is in the draft still.
    pub both: Vec<BothChanged>,
}

/// Brings together what we changed and what they changed since `base`.
pub fn merge(base: &AccountDraft, ours: &AccountDraft, theirs: &AccountDraft) -> Merged {
    let mut merged = Merged { draft: ours.clone(), taken: Vec::new(), both: Vec::new() };
    for field in AccountField::ALL {
        let (was, mine, new) = (base.get(field), ours.get(field), theirs.get(field));
        if new == was || new == mine {
            continue;
        }
        if mine == was {
            // The value comes from a draft: the field takes it.
            let _ = merged.draft.set(field, &new);
            merged.taken.push(field);
        } else {
            merged.both.push(BothChanged { field, theirs: new.into_owned() });
        }
    }
    merged
}

/// What [`merge`] found, told above the form.
#[component]
pub fn Conflict(state: FormState, conflict: RwSignal<Option<(Vec<AccountField>, Vec<BothChanged>)>>) -> impl IntoView {
    let use_theirs = move |both: BothChanged| {
        state.edit(both.field, &both.theirs);
        conflict.update(|conflict| {
            if let Some((taken, open)) = conflict {
                open.retain(|other| other.field != both.field);
                taken.push(both.field);
            }
        });
    };
    view! {
        <div role="alert">
            {move || {
                conflict
                    .get()
                    .map(|(taken, both)| {
                        view! {
                            <div class="msg warn">
                                <Icon name="warn" />
                                <div>
                                    <b>"Somebody else saved this account while you were editing it."</b>
                                    " Nothing of yours is lost: look at the fields and press Update again."
                                    <ul>
                                        {taken
                                            .into_iter()
                                            .map(|field| view! { <li>{field.label()} ": now has their value"</li> })
                                            .collect_view()}
                                        {both
                                            .into_iter()
                                            .map(|both| {
                                                let shown = if both.theirs.is_empty() { "empty".to_owned() } else { format!("“{}”", both.theirs) };
                                                let label = both.field.label();
                                                view! {
                                                    <li class="row">
                                                        <span>
                                                            {label} ": both of you changed it. Theirs is "
                                                            <bdi>{shown}</bdi>
                                                            "; yours stands in the form."
                                                        </span>
                                                        <button
                                                            type="button"
                                                            class="btn tiny"
                                                            aria-label=format!("Use their {label}")
                                                            on:click=move |_| use_theirs(both.clone())
                                                        >
                                                            "Use theirs"
                                                        </button>
                                                    </li>
                                                }
                                            })
                                            .collect_view()}
                                    </ul>
                                </div>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(owner: &str, email: &str) -> AccountDraft {
        AccountDraft { owner: owner.into(), email: email.into(), ..AccountDraft::default() }
    }

    #[test]
    fn what_only_they_changed_is_taken_over() {
        let merged = merge(&draft("Ada", ""), &draft("Ada", "ada@example.com"), &draft("Ada L.", ""));
        assert_eq!(merged.draft, draft("Ada L.", "ada@example.com"));
        assert_eq!(merged.taken, [AccountField::Owner]);
        assert!(merged.both.is_empty());
    }

    #[test]
    fn what_both_changed_is_told_and_stays_ours() {
        let merged = merge(&draft("Ada", ""), &draft("Ada B.", ""), &draft("Ada L.", ""));
        assert_eq!(merged.draft, draft("Ada B.", ""));
        assert_eq!(merged.both, [BothChanged { field: AccountField::Owner, theirs: "Ada L.".into() }]);
    }

    #[test]
    fn the_same_change_is_no_conflict() {
        let merged = merge(&draft("Ada", ""), &draft("Ada L.", ""), &draft("Ada L.", ""));
        assert!(merged.taken.is_empty() && merged.both.is_empty());
    }
}
