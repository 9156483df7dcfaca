//! The accounts as a CSV file: its columns, and what keeps a spreadsheet from running what it reads.

use std::borrow::Cow;
use std::str::FromStr;

use super::account_type::SecurityModel;
use super::unknown::UnknownWord;

/// A column of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExportColumn {
    FullName,
    Username,
    GsmNumber,
    Email,
    SecurityModel,
    Description,
    AccountType,
    Enabled,
    LastStatus,
    LastStatusDate,
    Group,
    Visible,
    CallLimit,
    Created,
}

impl ExportColumn {
    /// Every column, in the order of the file.
    pub const ALL: [Self; 14] = [
        Self::FullName,
        Self::GsmNumber,
        Self::Email,
        Self::SecurityModel,
        Self::Description,
        Self::Username,
        Self::AccountType,
        Self::Enabled,
        Self::LastStatus,
        Self::LastStatusDate,
        Self::Group,
        Self::Visible,
        Self::CallLimit,
        Self::Created,
    ];

    /// The name in the file's first line. The first five are those of a batch (manual, "Create a new
    /// account, the batch way"), so that the file can be read in again.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FullName => "fullName",
            Self::Username => "username",
            Self::GsmNumber => "gsmNumber",
            Self::Email => "email",
            Self::SecurityModel => "securityModel",
            Self::Description => "description",
            Self::AccountType => "accountType",
            Self::Enabled => "enabled",
            Self::LastStatus => "lastStatus",
            Self::LastStatusDate => "lastStatusDate",
            Self::Group => "group",
            Self::Visible => "visible",
            Self::CallLimit => "callLimit",
            Self::Created => "created",
        }
    }

    /// What it holds, in the words of the screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::FullName => "Owner",
            Self::Username => "Username",
            Self::GsmNumber => "Virtual Phone Number",
            Self::Email => "Email",
            Self::SecurityModel => "Security model",
            Self::Description => "Description",
            Self::AccountType => "Account type",
            Self::Enabled => "Enabled",
            Self::LastStatus => "Last Status",
            Self::LastStatusDate => "Last Status date",
            Self::Group => "Group",
            Self::Visible => "Visible",
            Self::CallLimit => "Call Limit",
            Self::Created => "Account created",
        }
    }

    /// Whether the file has it unless told otherwise.
    #[must_use]
    pub const fn is_usual(self) -> bool {
        !matches!(self, Self::Visible | Self::CallLimit | Self::Created)
    }
}

impl FromStr for ExportColumn {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

/// A security model as batch files name it (manual, "batch users csv").
#[must_use]
pub const fn batch_word(model: SecurityModel) -> &'static str {
    match model {
        SecurityModel::Sdes => "end-to-site",
        SecurityModel::Zrtp => "end-to-end",
    }
}

/// A cell as a spreadsheet may read it: what would be a formula gets an apostrophe before it (OWASP,
/// "CSV Injection"). So does what only looks as if it had got one already, so that [`unharmed`] leads
/// back from all of it.
#[must_use]
pub fn harmless(cell: &str) -> Cow<'_, str> {
    if is_formula(cell.trim_start_matches('\'')) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// A cell as it was before [`harmless`].
#[must_use]
pub fn unharmed(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|cell| is_formula(cell.trim_start_matches('\''))).unwrap_or(cell)
}

fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_disarmed_and_the_rest_is_left() {
        for formula in ["=1+1", "+391234567890", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["", "Ada", "1+1", "'x", " =1"] {
            assert_eq!(harmless(text), text);
            assert_eq!(unharmed(text), text);
        }
    }

    proptest! {
        #[test]
        fn every_cell_comes_back(cell in "['=+@\t-]{0,4}\\PC{0,6}") {
            let exported = harmless(&cell);
            prop_assert_eq!(unharmed(&exported), cell.as_str());
        }
    }

    #[test]
    fn columns_lead_back() {
        for column in ExportColumn::ALL {
            assert_eq!(column.as_str().parse(), Ok(column));
        }
    }
}
