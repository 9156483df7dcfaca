//! What the gateway's form holds while it is open.

use leptos::prelude::*;

use super::view::GatewayFormStart;
use crate::domain::gateway::{GatewayKind, StoredSecrets};
use crate::domain::gateway_draft::{GatewayDraft, GatewayField};
use crate::ui::draft_state::DraftState;

#[derive(Clone, Copy, Debug)]
pub struct FormState {
    pub fields: DraftState<GatewayDraft>,
    stored: StoredValue<StoredSecrets>,
}

impl FormState {
    pub fn new(start: &GatewayFormStart) -> Self {
        let stored = StoredValue::new(start.stored.clone());
        let check = move |draft: &GatewayDraft| stored.with_value(|stored| draft.check(stored)).err().unwrap_or_default();
        Self { fields: DraftState::new(start.draft.clone(), start.errors.clone(), check), stored }
    }

    /// A field as it is typed.
    pub fn text(self, field: GatewayField) -> Signal<String> {
        Signal::derive(move || {
            self.fields.draft.with(|draft| match field {
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
        self.fields.error(field)
    }

    /// Whether a field of this gateway shows a message.
    pub fn has_errors(self, gateway: GatewayKind) -> Signal<bool> {
        let errors = GatewayField::ALL.map(|field| (field.gateway() == Some(gateway)).then(|| self.error(field)));
        Signal::derive(move || errors.iter().flatten().any(|error| error.with(Option::is_some)))
    }

    /// Takes what was typed or chosen.
    pub fn edit(self, field: GatewayField, text: &str) {
        self.fields.edit(field, text);
        // Whether the stored secret may go there is told at the secret.
        let secret = match field {
            GatewayField::KannelUrl | GatewayField::KannelUsername => GatewayField::KannelPassword,
            GatewayField::TwilioUrl | GatewayField::TwilioAccountSid => GatewayField::TwilioAuthToken,
            _ => return,
        };
        if secret.gateway().is_some_and(|gateway| self.has_secret(gateway)) {
            self.fields.touch(secret);
        }
    }
}
