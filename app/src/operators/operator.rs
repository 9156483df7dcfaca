//! Who is signed in, as the pages know it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::role::Role;
use crate::domain::scope::Scope;
use crate::domain::second_factor::SecondFactor;

/// A signed-in operator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operator {
    pub id: Uuid,
    pub name: String,
    pub role: Role,
    /// The password was given by somebody else: nothing but changing it is open yet.
    pub must_change_password: bool,
    /// The groups that the operator sees. Only the server goes by it, and no page is told.
    #[serde(skip)]
    pub scope: Scope,
    pub second_factor: SecondFactor,
}

/// Where operators choose their passwords.
pub const PASSWORD: &str = "/password";
/// Where operators set up a second factor.
pub const SECOND_FACTOR: &str = "/me/second-factor";

impl Operator {
    /// The page that has to be gone through before anything else opens.
    #[must_use]
    pub fn must_first(&self) -> Option<&'static str> {
        match (self.must_change_password, self.second_factor) {
            (true, _) => Some(PASSWORD),
            (false, SecondFactor::Needed) => Some(SECOND_FACTOR),
            (false, SecondFactor::Off | SecondFactor::On) => None,
        }
    }
}

/// Puts the request's operator into the context: read by the gate on the server, carried to the browser in the page.
pub fn provide_operator() {
    let operator = SharedValue::new(operator_of_request).into_inner();
    provide_context(StoredValue::new(operator));
}

/// The signed-in operator; nobody on the sign-in page.
pub fn use_operator() -> Option<Operator> {
    use_context::<StoredValue<Option<Operator>>>().and_then(|stored| stored.get_value())
}

/// Whether the signed-in operator's role allows `needed`: what it does not allow is not offered.
pub fn role_allows(needed: Role) -> bool {
    use_operator().is_some_and(|operator| operator.role.allows(needed))
}

#[cfg(feature = "ssr")]
fn operator_of_request() -> Option<Operator> {
    use_context::<http::request::Parts>().and_then(|parts| parts.extensions.get::<Operator>().cloned())
}

#[cfg(not(feature = "ssr"))]
const fn operator_of_request() -> Option<Operator> {
    None
}
