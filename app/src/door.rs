//! The door of every server function: guard first, then act, then answer with the right status.

use std::future::Future;
use std::net::IpAddr;

use axum::http::request::Parts;
use leptos::prelude::expect_context;
use sqlx::PgPool;

use crate::domain::role::Role;
use crate::domain::scope::Scope;
use crate::error::AppError;
use crate::error::on_the_server::answer_with;
use crate::operators::operator::Operator;
use crate::state::{AppState, Service};

/// Who acts, from where, on which database.
#[derive(Clone, Debug)]
pub struct Caller {
    pub pool: PgPool,
    pub service: Service,
    pub operator: Operator,
    pub address: Option<IpAddr>,
}

impl Caller {
    /// The groups that the caller sees: whatever is asked or done stays inside.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.operator.scope
    }
}

/// The address a request came from, as the gate found it (behind a trusted proxy: the one that the proxy names).
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Runs `act` for a signed-in operator whose role allows `needed`; answers 401 or 403 otherwise.
pub async fn door<T, F, Fut>(needed: Role, act: F) -> Result<T, AppError>
where
    F: FnOnce(Caller) -> Fut,
    Fut: Future<Output = Result<T, AppError>>,
{
    let result = match caller(needed) {
        Ok(caller) => act(caller).await,
        Err(refusal) => Err(refusal),
    };
    if let Err(error) = &result {
        answer_with(error);
    }
    result
}

fn caller(needed: Role) -> Result<Caller, AppError> {
    let parts = expect_context::<Parts>();
    let operator = parts.extensions.get::<Operator>().cloned().ok_or(AppError::SignedOut)?;
    if operator.must_first().is_some() || !operator.role.allows(needed) {
        return Err(AppError::Forbidden);
    }
    let address = parts.extensions.get::<ClientAddress>().map(|a| a.0);
    let AppState { pool, service, .. } = expect_context::<AppState>();
    Ok(Caller { pool, service, operator, address })
}
