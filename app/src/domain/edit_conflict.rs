//! Two people edit one account: what the second is told, and what the form holds from then on.

use serde::{Deserialize, Serialize};

use super::account_draft::AccountDraft;
use super::account_field::AccountField;

/// What a form has to tell whose account somebody else has saved meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// Fields that only they changed: their value is in the draft now.
    pub taken: Vec<AccountField>,
    /// Fields that stand differently in the draft and in the database: ours is in the draft still.
    pub differing: Vec<Differing>,
    /// They set a password, which no value of a field can show.
    pub new_password: bool,
}

/// A field that is not what the database holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differing {
    pub field: AccountField,
    pub theirs: String,
}

impl Conflict {
    /// Brings together what we changed and what they changed since `base`, and gives the draft with what only they
    /// changed. A plain form does not carry what it was opened with: without `base` nothing is taken over, and every
    /// field that differs is told.
    #[must_use]
    pub fn between(base: Option<&AccountDraft>, ours: &AccountDraft, theirs: &AccountDraft, new_password: bool) -> (AccountDraft, Self) {
        let mut draft = ours.clone();
        let mut conflict = Self { new_password, ..Self::default() };
        for field in AccountField::ALL {
            let (mine, new) = (ours.get(field), theirs.get(field));
            // What the database holds of a password is in no draft.
            if matches!(field, AccountField::Password | AccountField::RepeatPassword) || same_text(&mine, &new) {
                continue;
            }
            match base.map(|base| base.get(field)) {
                Some(was) if was == new => {}
                Some(was) if was == mine => {
                    // The value comes from a draft: the field takes it.
                    let _ = draft.set(field, &new);
                    conflict.taken.push(field);
                }
                _ => conflict.differing.push(Differing { field, theirs: new.into_owned() }),
            }
        }
        (draft, conflict)
    }

    /// Puts their value into `draft` after all.
    pub fn settle(&mut self, draft: &mut AccountDraft, field: AccountField) {
        if let Some(at) = self.differing.iter().position(|differing| differing.field == field) {
            let Differing { theirs, .. } = self.differing.remove(at);
            // The value comes from a draft: the field takes it.
            let _ = draft.set(field, &theirs);
            self.taken.push(field);
        }
    }
}

/// Browsers post line breaks as CR LF.
fn same_text(one: &str, other: &str) -> bool {
    one.lines().eq(other.lines())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(owner: &str, email: &str) -> AccountDraft {
        AccountDraft { owner: owner.into(), email: email.into(), ..AccountDraft::default() }
    }

    fn owner(theirs: &str) -> Vec<Differing> {
        vec![Differing { field: AccountField::Owner, theirs: theirs.into() }]
    }

    #[test]
    fn what_only_they_changed_is_taken_over() {
        let (merged, conflict) = Conflict::between(Some(&draft("Ada", "")), &draft("Ada", "ada@example.com"), &draft("Ada L.", ""), false);
        assert_eq!(merged, draft("Ada L.", "ada@example.com"));
        assert_eq!(conflict, Conflict { taken: vec![AccountField::Owner], ..Conflict::default() });
    }

    #[test]
    fn what_both_changed_is_told_and_stays_ours() {
        let (merged, conflict) = Conflict::between(Some(&draft("Ada", "")), &draft("Ada B.", ""), &draft("Ada L.", ""), true);
        assert_eq!(merged, draft("Ada B.", ""));
        assert_eq!(conflict, Conflict { taken: Vec::new(), differing: owner("Ada L."), new_password: true });
    }

    #[test]
    fn the_same_change_is_no_conflict() {
        let (_, conflict) = Conflict::between(Some(&draft("Ada", "")), &draft("Ada L.", ""), &draft("Ada L.", ""), false);
        assert_eq!(conflict, Conflict::default());
    }

    #[test]
    fn where_the_start_is_not_known_every_difference_is_told_and_nothing_is_taken() {
        let posted = AccountDraft { description: "one\r\ntwo".into(), ..draft("Ada", "ada@example.com") };
        let stored = AccountDraft { description: "one\ntwo".into(), ..draft("Ada L.", "ada@example.com") };
        let (merged, conflict) = Conflict::between(None, &posted, &stored, false);
        assert_eq!(merged, posted);
        assert_eq!(conflict, Conflict { differing: owner("Ada L."), ..Conflict::default() });
    }

    #[test]
    fn a_password_that_was_typed_is_ours_and_is_not_compared() {
        let ours = AccountDraft { password: "swordfish99".into(), repeat_password: "swordfish99".into(), ..draft("Ada", "") };
        for base in [None, Some(&draft("Ada", ""))] {
            let (merged, conflict) = Conflict::between(base, &ours, &draft("Ada", ""), false);
            assert_eq!((merged, conflict), (ours.clone(), Conflict::default()));
        }
    }

    #[test]
    fn their_value_can_be_taken_after_all() {
        let (mut merged, mut conflict) = Conflict::between(Some(&draft("Ada", "")), &draft("Ada B.", ""), &draft("Ada L.", ""), false);
        conflict.settle(&mut merged, AccountField::Owner);
        assert_eq!(merged, draft("Ada L.", ""));
        assert_eq!(conflict, Conflict { taken: vec![AccountField::Owner], ..Conflict::default() });
    }
}
