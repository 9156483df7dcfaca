//! What the form of the SIP settings holds while it is open.

use leptos::prelude::*;

use super::view::SipFormStart;
use crate::domain::field_errors::FieldErrors;
use crate::domain::sip_settings::{SipField, SipSettingsDraft};

#[derive(Clone, Copy, Debug)]
pub struct FormState {
    pub draft: RwSignal<SipSettingsDraft>,
    /// What the server refused.
    pub refused: RwSignal<FieldErrors<SipField>>,
    /// Somebody tried to save: every mistake is shown.
    pub tried: RwSignal<bool>,
    touched: RwSignal<Vec<SipField>>,
    /// What is wrong with the draft by itself.
    mistakes: Memo<FieldErrors<SipField>>,
}

impl FormState {
    pub fn new(start: &SipFormStart) -> Self {
        let draft = RwSignal::new(start.draft.clone());
        Self {
            draft,
            refused: RwSignal::new(start.errors.clone()),
            tried: RwSignal::new(false),
            touched: RwSignal::new(Vec::new()),
            mistakes: Memo::new(move |_| draft.with(|draft| draft.check()).err().unwrap_or_default()),
        }
    }

    /// A field as it is typed.
    pub fn text(self, field: SipField) -> Signal<String> {
        Signal::derive(move || self.draft.with(|draft| draft.get(field).to_owned()))
    }

    /// The message under a field, once it was touched.
    pub fn error(self, field: SipField) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_shown = self.tried.get() || self.touched.with(|touched| touched.contains(&field));
            let own = self.mistakes.with(|mistakes| mistakes.get(field).filter(|_| is_shown).map(str::to_owned));
            own.or_else(|| self.refused.with(|errors| errors.get(field).map(str::to_owned)))
        })
    }

    /// Takes what was typed or chosen.
    pub fn edit(self, field: SipField, text: &str) {
        // The form offers no choice that the field does not have.
        self.draft.update(|draft| drop(draft.set(field, text)));
        self.refused.update(|errors| errors.remove(field));
        self.touched.update(|touched| touched.push(field));
    }

    pub fn is_valid(self) -> bool {
        self.mistakes.with_untracked(FieldErrors::is_empty)
    }

    /// Name, label and message of each field that needs a change.
    pub fn problems(self) -> Signal<Vec<(&'static str, &'static str, String)>> {
        Signal::derive(move || {
            let mut all = if self.tried.get() { self.mistakes.get() } else { FieldErrors::default() };
            self.refused.with(|errors| errors.iter().for_each(|(field, text)| all.add(field, text)));
            all.iter().map(|(field, text)| (field.name(), field.label(), text.to_owned())).collect()
        })
    }
}
