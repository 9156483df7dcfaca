//! What the gateway's form holds while it is open.

use leptos::prelude::*;

use super::view::GatewayFormStart;
use crate::domain::field_errors::FieldErrors;
use crate::domain::gateway::{GatewayKind, StoredSecrets};
use crate::domain::gateway_draft::{GatewayDraft, GatewayField};

#[derive(Clone, Copy, Debug)]
pub struct FormState {
    pub draft: RwSignal<GatewayDraft>,
    /// What the server refused.
    pub refused: RwSignal<FieldErrors<GatewayField>>,
    /// Somebody tried to save: every mistake is shown.
    pub tried: RwSignal<bool>,
    touched: RwSignal<Vec<GatewayField>>,
    /// What is wrong with the draft by itself.
    mistakes: Memo<FieldErrors<GatewayField>>,
    stored: StoredValue<StoredSecrets>,
}

impl FormState {
    pub fn new(start: &GatewayFormStart) -> Self {
        let draft = RwSignal::new(start.draft.clone());
        let stored = StoredValue::new(start.stored.clone());
        Self {
            draft,
            refused: RwSignal::new(start.errors.clone()),
            tried: RwSignal::new(false),
            touched: RwSignal::new(Vec::new()),
            mistakes: Memo::new(move |_| draft.with(|draft| stored.with_value(|stored| draft.check(stored))).err().unwrap_or_default()),
            stored,
        }
    }

    /// A field as it is typed.
    pub fn text(self, field: GatewayField) -> Signal<String> {
        Signal::derive(move || {
            self.draft.with(|draft| match field {
                GatewayField::KannelPassword => draft.kannel_password.expose().to_owned(),
                GatewayField::TwilioAuthToken => draft.twilio_auth_token.expose().to_owned(),
                field => draft.get(field).to_owned(),
            })
        })
    }

    /// Whether a secret is stored for this gateway.
    pub fn has_secret(self, gateway: GatewayKind) -> bool {
        self.stored.with_value(|stored| match gateway {
            GatewayKind::Kannel => stored.kannel.is_some(),
            GatewayKind::Twilio => stored.twilio.is_some(),
            GatewayKind::Development => false,
        })
    }

    /// The message under a field, once it was touched.
    pub fn error(self, field: GatewayField) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_shown = self.tried.get() || self.touched.with(|touched| touched.contains(&field));
            let own = self.mistakes.with(|mistakes| mistakes.get(field).filter(|_| is_shown).map(str::to_owned));
            own.or_else(|| self.refused.with(|errors| errors.get(field).map(str::to_owned)))
        })
    }

    /// Whether a field of this gateway shows a message.
    pub fn has_errors(self, gateway: GatewayKind) -> Signal<bool> {
        let errors = GatewayField::ALL.map(|field| (field.gateway() == Some(gateway)).then(|| self.error(field)));
        Signal::derive(move || errors.iter().flatten().any(|error| error.with(Option::is_some)))
    }

    /// Takes what was typed or chosen.
    pub fn edit(self, field: GatewayField, text: &str) {
        // The form offers no choice that the field does not have.
        self.draft.update(|draft| drop(draft.set(field, text)));
        self.refused.update(|errors| errors.remove(field));
        self.touched.update(|touched| touched.push(field));
        // Whether the stored secret may go there is told at the secret.
        let secret = match field {
            GatewayField::KannelUrl | GatewayField::KannelUsername => GatewayField::KannelPassword,
            GatewayField::TwilioUrl | GatewayField::TwilioAccountSid => GatewayField::TwilioAuthToken,
            _ => return,
        };
        if secret.gateway().is_some_and(|gateway| self.has_secret(gateway)) {
            self.touched.update(|touched| touched.push(secret));
        }
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
