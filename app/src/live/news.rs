//! What one look at the database has found, for all who listen: each of them is told of the groups that they see.

use uuid::Uuid;

use super::view::Changes;
use crate::domain::scope::Scope;

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    Account,
    Message,
    Registration,
    /// Somebody sees other groups from now on.
    Operator,
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub about: About,
    /// None: many of them.
    pub id: Option<Uuid>,
    /// The account that a message is about.
    pub account: Option<Uuid>,
    /// The group that the account is in, was in when it was deleted, or has left.
    pub group: Option<Uuid>,
}

/// The changes of one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    changes: Vec<Change>,
    /// For those who see all groups, who are most.
    all: Changes,
}

impl News {
    /// Nobody knows what was missed.
    pub const EVERYTHING: Self = Self { changes: Vec::new(), all: Changes::EVERYTHING };

    pub fn of(changes: Vec<Change>) -> Self {
        let all = told(&changes, &Scope::All);
        Self { changes, all }
    }

    /// Whether nothing has happened.
    pub fn is_none(&self) -> bool {
        self.all.is_none() && self.changes.is_empty()
    }

    /// What somebody is told who sees these groups. That many have changed, which names none, is told to all.
    pub fn inside(&self, scope: &Scope) -> Changes {
        if scope.is_all() || self.changes.is_empty() { self.all.clone() } else { told(&self.changes, scope) }
    }

    /// Whether this operator sees other groups from now on.
    pub fn limit(&self, operator: Uuid) -> bool {
        self.changes.iter().any(|change| change.about == About::Operator && change.id == Some(operator))
    }
}

fn told(changes: &[Change], scope: &Scope) -> Changes {
    let mut told = Changes::default();
    let is_inside = |change: &&Change| scope.is_all() || change.id.is_none() || change.group.is_some_and(|group| scope.has(group));
    for change in changes.iter().filter(is_inside) {
        match change.about {
            About::Account => told.accounts.add(change.id),
            About::Registration => told.registrations.add(change.id),
            About::Message => {
                told.messages.add(change.id);
                if change.account.is_some() || change.id.is_none() {
                    told.about.add(change.account);
                }
            }
            About::Operator => {}
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::Role;

    const fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn change(about: About, number: u128, group: Option<u128>) -> Change {
        let account = (about == About::Message && group.is_some()).then_some(id(number + 100));
        Change { about, id: Some(id(number)), account, group: group.map(id) }
    }

    #[test]
    fn who_is_limited_hears_of_no_id_outside() {
        let news = News::of(vec![
            change(About::Account, 10, Some(1)),
            change(About::Account, 20, Some(2)),
            change(About::Message, 11, Some(1)),
            change(About::Message, 21, Some(2)),
            change(About::Message, 31, None),
            change(About::Registration, 22, Some(2)),
        ]);
        let told = news.inside(&Scope::of(Role::Viewer, vec![id(1), id(3)]));
        assert_eq!(told.accounts.named(), Some(&[id(10)][..]));
        assert_eq!((told.messages.named(), told.about.named()), (Some(&[id(11)][..]), Some(&[id(111)][..])));
        assert!(told.registrations.is_none());
        assert!(news.inside(&Scope::default()).is_none());
        let all = news.inside(&Scope::All);
        assert_eq!(all.messages.named().map(<[Uuid]>::len), Some(3));
        assert!(all.registrations.has(id(22)));
    }

    #[test]
    fn many_and_everything_name_nobody_and_are_told_to_all() {
        let limited = Scope::of(Role::Viewer, vec![id(1)]);
        let many = News::of(vec![Change { about: About::Account, id: None, account: None, group: None }]);
        assert_eq!(many.inside(&limited), many.inside(&Scope::All));
        assert_eq!(News::EVERYTHING.inside(&limited), Changes::EVERYTHING);
    }

    #[test]
    fn a_new_limit_is_heard_by_the_one_whom_it_is_for() {
        let news = News::of(vec![change(About::Operator, 7, None)]);
        assert!(news.limit(id(7)) && !news.limit(id(8)) && !news.is_none());
        assert!(news.inside(&Scope::All).is_none());
    }
}
