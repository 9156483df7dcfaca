//! As whom Postgres runs: it refuses to be root.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// An account of the machine to drop to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

impl User {
    /// Runs `command` as this user, out of every group of the starting user.
    pub fn run(self, command: &mut Command) {
        // Setting a uid as root makes std drop the supplementary groups, too.
        command.uid(self.uid).gid(self.gid);
    }
}

/// Whom to drop to: nobody when this process is not root already.
pub fn unprivileged() -> io::Result<Option<User>> {
    if !is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd")?;
    let user = find(&passwd, "postgres").or_else(|| find(&passwd, "nobody"));
    user.map(Some).ok_or_else(|| io::Error::other("there is no user postgres or nobody to run it as, and it must not run as root"))
}

/// Whether this process is root's.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn find(passwd: &str, name: &str) -> Option<User> {
    let mut lines = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let fields = lines.find(|fields| fields.first() == Some(&name))?;
    Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let passwd = "postgres-old:x:7:7::/:/bin/sh\npostgres:x:105:111::/var/lib/postgresql:/bin/bash\n";
        assert_eq!(find(passwd, "postgres"), Some(User { uid: 105, gid: 111 }));
        assert_eq!(find(passwd, "nobody"), None);
    }
}
