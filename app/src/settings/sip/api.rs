//! Server functions of the SIP settings.

use leptos::prelude::*;

use super::view::{Saved, SipFormStart};
use crate::domain::sip_settings::SipSettingsDraft;
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::actions;
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// What the form of the SIP settings starts from.
#[server(endpoint = "sip_form", input = StrictJson, output = TextJson)]
pub async fn sip_form() -> Result<SipFormStart, AppError> {
    if let Some(refused) = use_context::<SipFormStart>() {
        return Ok(refused);
    }
    door(Role::Admin, |caller| async move { actions::start_form(&caller).await }).await
}

/// Saves over the version that the form was opened on, or asks for a confirmation.
#[server(endpoint = "save_sip", input = StrictJson, output = TextJson)]
pub async fn save_sip(version: i32, draft: SipSettingsDraft, confirmed: bool) -> Result<Saved, AppError> {
    door(Role::Admin, |caller| async move { actions::save(&caller, version, &draft, confirmed).await }).await
}
