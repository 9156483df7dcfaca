//! Which groups an operator sees: all of them, or some, and then nothing outside of these.

use std::sync::Arc;

use uuid::Uuid;

use super::role::Role;

/// The groups that somebody sees, counts, changes and hears of. What is outside is to them as if it were not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    /// Only these; none at all: nothing.
    Groups(Arc<[Uuid]>),
}

/// Nothing: a scope that was not told is never a wide one.
impl Default for Scope {
    fn default() -> Self {
        Self::Groups(Arc::default())
    }
}

impl Scope {
    /// The scope of somebody who is limited to these groups; to none: who sees all. Admins are never limited.
    #[must_use]
    pub fn of(role: Role, limited_to: Vec<Uuid>) -> Self {
        if role == Role::Admin || limited_to.is_empty() { Self::All } else { Self::Groups(limited_to.into()) }
    }

    #[must_use]
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether this group is inside.
    #[must_use]
    pub fn has(&self, group: Uuid) -> bool {
        self.groups().is_none_or(|groups| groups.contains(&group))
    }

    /// The groups, unless they are all: what queries bind.
    #[must_use]
    pub fn groups(&self) -> Option<&[Uuid]> {
        match self {
            Self::All => None,
            Self::Groups(groups) => Some(groups),
        }
    }

    /// The one group that it consists of, if it is one.
    #[must_use]
    pub fn only(&self) -> Option<Uuid> {
        match self.groups() {
            Some([only]) => Some(*only),
            _ => None,
        }
    }

    /// What remains of it when somebody asks for one group, or for none in particular.
    #[must_use]
    pub fn within(&self, group: Option<Uuid>) -> Self {
        match group {
            None => self.clone(),
            Some(group) if self.has(group) => Self::Groups(Arc::new([group])),
            Some(_) => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(numbers: &[u128]) -> Vec<Uuid> {
        numbers.iter().copied().map(Uuid::from_u128).collect()
    }

    #[test]
    fn who_has_no_groups_sees_all_and_an_admin_always_does() {
        for role in Role::ALL {
            assert_eq!(Scope::of(role, Vec::new()), Scope::All);
            assert_eq!(Scope::of(role, groups(&[1])).is_all(), role == Role::Admin);
        }
        assert!(Scope::All.has(Uuid::from_u128(9)));
        assert_eq!(Scope::All.groups(), None);
    }

    #[test]
    fn what_is_not_told_is_nothing() {
        let nothing = Scope::default();
        assert!(!nothing.is_all() && !nothing.has(Uuid::nil()) && nothing.groups() == Some(&[]));
    }

    #[test]
    fn to_ask_for_a_group_never_widens() {
        let two = Scope::of(Role::Viewer, groups(&[1, 2]));
        assert_eq!(two.within(None), two);
        assert_eq!(two.within(Some(Uuid::from_u128(2))).only(), Some(Uuid::from_u128(2)));
        assert_eq!(two.within(Some(Uuid::from_u128(3))), Scope::default());
        assert_eq!(Scope::All.within(Some(Uuid::from_u128(3))).only(), Some(Uuid::from_u128(3)));
        assert_eq!(Scope::All.within(None), Scope::All);
        assert_eq!((two.only(), Scope::All.only(), Scope::default().only()), (None, None, None));
    }
}
