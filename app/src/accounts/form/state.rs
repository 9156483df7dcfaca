//! What the account form holds while it is open: the draft, what is wrong with it, and what may be told already.

use std::collections::BTreeSet;

use leptos::prelude::*;
use uuid::Uuid;

use crate::accounts::view::{AccountFormStart, AccountView};
use crate::domain::account_draft::AccountDraft;
use crate::domain::account_field::AccountField;
use crate::domain::account_rules::Purpose;
use crate::domain::account_type::AccountType;
use crate::domain::field_errors::FieldErrors;

/// The form's state; all parts of the form share it.
#[derive(Clone, Copy)]
pub struct FormState {
    pub id: Uuid,
    pub draft: RwSignal<AccountDraft>,
    /// The account that is edited, as the database holds it as far as we know; `None` for a new one.
    pub saved: RwSignal<Option<AccountView>>,
    /// The username when the form was opened: the stored digests are bound to it.
    old_username: StoredValue<Option<String>>,
    /// What the server refused, until the field is touched again.
    pub refused: RwSignal<FieldErrors<AccountField>>,
    touched: RwSignal<BTreeSet<AccountField>>,
    /// The button was pressed once: everything that is wrong may be told.
    pub tried: RwSignal<bool>,
    /// What the rules say of the draft.
    checked: Memo<FieldErrors<AccountField>>,
}

impl FormState {
    pub fn new(start: &AccountFormStart) -> Self {
        let draft = RwSignal::new(start.draft.clone());
        let old_username = StoredValue::new(start.saved.as_ref().map(|account| account.username.clone()));
        let checked = Memo::new(move |_| {
            let draft = draft.with(AccountDraft::for_type);
            let result = old_username.with_value(|old| match old {
                Some(old_username) => draft.check(Purpose::Edit { old_username }),
                None => draft.check(Purpose::Create),
            });
            result.err().unwrap_or_default()
        });
        Self {
            id: start.id,
            draft,
            saved: RwSignal::new(start.saved.clone()),
            old_username,
            refused: RwSignal::new(start.errors.clone()),
            touched: RwSignal::new(BTreeSet::new()),
            tried: RwSignal::new(false),
            checked,
        }
    }

    pub fn is_editing(self) -> bool {
        self.old_username.with_value(Option::is_some)
    }

    pub fn is_valid(self) -> bool {
        self.checked.with_untracked(FieldErrors::is_empty)
    }

    /// The text of a field.
    pub fn text(self, field: AccountField) -> Signal<String> {
        Signal::derive(move || self.draft.with(|draft| draft.get(field).into_owned()))
    }

    /// Whether a switch is on.
    pub fn ticked(self, field: AccountField) -> Signal<bool> {
        Signal::derive(move || self.draft.with(|draft| !draft.get(field).is_empty()))
    }

    pub fn is_type(self, account_type: AccountType) -> Signal<bool> {
        Signal::derive(move || self.draft.with(|draft| draft.account_type == account_type))
    }

    /// What the field's message is, if it may be told already.
    pub fn error(self, field: AccountField) -> Signal<Option<String>> {
        Signal::derive(move || {
            let told = self.tried.get() || self.touched.with(|touched| touched.contains(&field));
            let own = if told { self.checked.with(|errors| errors.get(field).map(str::to_owned)) } else { None };
            own.or_else(|| self.refused.with(|errors| errors.get(field).map(str::to_owned)))
        })
    }

    /// Everything that may be told: name of the control, label, message.
    pub fn problems(self) -> Signal<Vec<(&'static str, &'static str, String)>> {
        Signal::derive(move || {
            let mut all = if self.tried.get() { self.checked.get() } else { FieldErrors::default() };
            self.refused.with(|errors| errors.iter().for_each(|(field, text)| all.add(field, text)));
            all.iter().map(|(field, text)| (field.name(), field.label(), text.to_owned())).collect()
        })
    }

    /// A person typed or chose. What follows from it by default follows too, until it is changed by hand.
    pub fn edit(self, field: AccountField, value: &str) {
        let (number_follows, keep_alive_follows) = self.touched.with_untracked(|touched| {
            (
                !self.is_editing() && !touched.contains(&AccountField::Number),
                !self.is_editing() && !touched.contains(&AccountField::KeepAlive),
            )
        });
        self.draft.update(|draft| {
            let number_was_username = draft.number == draft.username;
            // Choices come from the form itself: one that is not on offer changes nothing.
            let _ = draft.set(field, value);
            if field == AccountField::Username && number_follows && number_was_username {
                draft.number.clone_from(&draft.username);
            }
            if field == AccountField::AccountType && keep_alive_follows {
                draft.keep_alive = draft.account_type == AccountType::Snom;
            }
        });
        self.refused.update(|errors| errors.remove(field));
        self.touched.update(|touched| {
            touched.insert(field);
        });
    }
}
