//! What travels between the pages of operators and the server.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::role::Role;
use crate::domain::secret::Secret;

/// Whether an operator can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorState {
    Active,
    /// With a one-time password, which opens nothing but its own change.
    MustChangePassword,
    Disabled,
}

/// A row of the list of operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorRow {
    pub id: Uuid,
    pub name: String,
    pub role: Role,
    pub state: OperatorState,
    pub has_second_factor: bool,
    /// Milliseconds since 1970 UTC.
    pub last_sign_in: Option<i64>,
    pub sessions: i64,
}

/// All operators, and the rule for admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorList {
    pub operators: Vec<OperatorRow>,
    pub admins_need_second_factor: bool,
}

/// What an admin can do to another operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorAct {
    Disable,
    Enable,
    ResetPassword,
    EndSessions,
    RemoveSecondFactor,
}

/// An open session of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Names the session and opens nothing.
    pub handle: Uuid,
    /// Nothing for one that began before Ringkey kept it.
    pub browser: Option<String>,
    pub address: Option<String>,
    /// Milliseconds since 1970 UTC.
    pub began: i64,
    pub seen: i64,
    /// The one in which this is asked.
    pub is_this: bool,
}

/// One's own second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorFacts {
    /// Milliseconds since 1970 UTC.
    pub since: i64,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
}

/// What operators see of themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAccount {
    pub second_factor: Option<SecondFactorFacts>,
    pub sessions: Vec<SessionRow>,
}

/// What a step of setting a second factor up leaves on its page. The server puts it into the context when it renders the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorStep {
    /// Why the step before was refused.
    pub message: String,
    /// The key in groups of four, and the QR code that holds it, while no code has confirmed it.
    pub key: Secret,
    pub svg: Secret,
    /// Recovery codes, the one time that they are shown.
    pub recovery_codes: Vec<Secret>,
}
