//! What the account form holds while it is open: the draft, what is wrong with it, and what may be told already.

use std::collections::BTreeSet;
use std::net::IpAddr;

use leptos::prelude::*;
use uuid::Uuid;

use crate::accounts::view::{AccountFormStart, AccountView};
use crate::domain::account_draft::AccountDraft;
use crate::domain::account_field::AccountField;
use crate::domain::account_rules::Purpose;
use crate::domain::account_type::AccountType;
use crate::domain::acl::{Acl, AclWarning};
use crate::domain::edit_conflict::Conflict;
use crate::domain::field_errors::FieldErrors;

/// The form's state; all parts of the form share it.
#[derive(Clone, Copy)]
pub struct FormState {
    pub id: Uuid,
    pub draft: RwSignal<AccountDraft>,
    /// The save of the account that the form stands on; 0 for a new one.
    pub version: RwSignal<i32>,
    /// What the account was at that save, where it is known.
    base: RwSignal<Option<AccountDraft>>,
    /// The username that is stored, to which the stored digests are bound; `None` for a new account.
    old_username: RwSignal<Option<String>>,
    /// The form is the wizard's.
    pub by_wizard: bool,
    /// From where the account's phone was registered when the form was opened.
    registered_from: Option<IpAddr>,
    /// What somebody else saved meanwhile.
    pub conflict: RwSignal<Option<Conflict>>,
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
        Self::of(start, false)
    }

    /// Of the Activation Wizard.
    pub fn of_wizard(start: &AccountFormStart) -> Self {
        Self::of(start, true)
    }

    fn of(start: &AccountFormStart, by_wizard: bool) -> Self {
        let draft = RwSignal::new(start.draft.clone());
        let saved = start.saved.as_ref();
        let old_username = RwSignal::new(saved.map(|account| account.username.clone()));
        let checked = Memo::new(move |_| {
            let draft = draft.with(AccountDraft::for_type);
            let result = old_username.with(|old| match old {
                Some(old_username) => draft.check(Purpose::Edit { old_username }),
                None if by_wizard => draft.check(Purpose::Wizard),
                None => draft.check(Purpose::Create),
            });
            result.err().unwrap_or_default()
        });
        Self {
            id: start.id,
            draft,
            version: RwSignal::new(start.version),
            base: RwSignal::new(saved.filter(|account| account.version == start.version).map(AccountView::draft)),
            old_username,
            by_wizard,
            registered_from: start.registered_from,
            conflict: RwSignal::new(start.conflict.clone()),
            refused: RwSignal::new(start.errors.clone()),
            touched: RwSignal::new(BTreeSet::new()),
            tried: RwSignal::new(false),
            checked,
        }
    }

    pub fn is_editing(self) -> bool {
        self.old_username.with_untracked(Option::is_some)
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

    /// What is doubtful in the rules as they are typed; nothing while one of them cannot be read.
    pub fn acl_warnings(self) -> Vec<AclWarning> {
        let acl = self.draft.with(|draft| Acl::parse(&draft.deny, &draft.permit));
        acl.map_or_else(|_| Vec::new(), |acl| acl.warnings(self.registered_from))
    }

    /// A person typed or chose. What follows from it by default follows too, until it is changed by hand.
    pub fn edit(self, field: AccountField, value: &str) {
        let (number_follows, keep_alive_follows) = self.touched.with_untracked(|touched| {
            (
                !self.is_editing() && !touched.contains(&AccountField::Number),
                !self.is_editing() && !touched.contains(&AccountField::KeepAlive),
            )
        });
        let mut edited = vec![field];
        self.draft.update(|draft| {
            let number_was_username = draft.number == draft.username;
            // Choices come from the form itself: one that is not on offer changes nothing.
            let _ = draft.set(field, value);
            if field == AccountField::Username && number_follows && number_was_username {
                draft.number.clone_from(&draft.username);
                edited.push(AccountField::Number);
            }
            if field == AccountField::AccountType && keep_alive_follows {
                draft.keep_alive = draft.account_type == AccountType::Snom;
            }
        });
        self.forget_refused(&edited);
        self.touched.update(|touched| {
            touched.insert(field);
        });
    }

    /// Takes the profile that is in force in the group, until one was chosen by hand.
    pub fn follow_profile(self, profile: &str) {
        if !self.touched.with_untracked(|touched| touched.contains(&AccountField::Profile)) {
            self.draft.update(|draft| draft.profile = profile.to_owned());
            self.forget_refused(&[AccountField::Profile]);
        }
    }

    /// Somebody else saved the account meanwhile: from now on the form stands on their save.
    pub fn meet(self, theirs: &AccountView) {
        let new_password = theirs.password_version > self.version.get_untracked();
        let stored = theirs.draft();
        let (draft, conflict) = self
            .base
            .with_untracked(|base| self.draft.with_untracked(|ours| Conflict::between(base.as_ref(), ours, &stored, new_password)));
        self.forget_refused(&conflict.taken);
        self.draft.set(draft);
        self.old_username.set(Some(theirs.username.clone()));
        self.version.set(theirs.version);
        self.base.set(Some(stored));
        self.conflict.set(Some(conflict));
    }

    /// Takes their value for a field in which both differ.
    pub fn use_theirs(self, field: AccountField) {
        self.conflict.update(|conflict| {
            if let Some(conflict) = conflict {
                self.draft.update(|draft| conflict.settle(draft, field));
            }
        });
        self.forget_refused(&[field]);
    }

    fn forget_refused(self, fields: &[AccountField]) {
        self.refused.update(|errors| fields.iter().for_each(|field| errors.remove(*field)));
    }
}

#[cfg(test)]
mod tests;
