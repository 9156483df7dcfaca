//! The data directory: its owner, its rights, and the lock that one Ringkey at a time holds.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::StartError;
use super::user::User;
use crate::key;

/// A Unix socket's whole path has 107 bytes, of which the socket's own name takes 16.
const LONGEST: usize = 90;
const LOCK: &str = "ringkey.lock";

pub struct Directory(PathBuf);

impl Directory {
    /// Makes the directory if need be, and gives it to `user` (or leaves it ours) and to nobody else.
    pub fn prepare(path: &Path, user: Option<User>) -> Result<Self, StartError> {
        refuse_long(path)?;
        if !path.exists() {
            let parent = path.parent().unwrap_or(path);
            fs::create_dir_all(parent).and_then(|()| DirBuilder::new().mode(0o700).create(path)).map_err(cannot_use(path))?;
        }
        let path = path.canonicalize().map_err(cannot_use(path))?;
        refuse_long(&path)?;
        // Taking over somebody's files, or closing /tmp to everybody else, would be worse than not starting.
        if !is_ours(&path).map_err(cannot_use(&path))? {
            return Err(StartError::Directory(format!("{} holds other files: name an empty or a new directory", path.display())));
        }
        if let Some(user) = user {
            chown(&path, Some(user.uid), Some(user.gid)).map_err(cannot_use(&path))?;
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).map_err(cannot_use(&path))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Takes the directory for this process; the system gives it back when the process ends, however it ends.
    pub fn lock(&self) -> Result<File, StartError> {
        let file = File::options().create(true).truncate(false).write(true).open(self.0.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(StartError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

fn refuse_long(path: &Path) -> Result<(), StartError> {
    if path.as_os_str().len() > LONGEST {
        return Err(StartError::Directory(format!("{} is too long for the socket in it: {LONGEST} bytes are the most", path.display())));
    }
    Ok(())
}

fn is_ours(path: &Path) -> io::Result<bool> {
    // A server with a Postgres of its own has left its key here, perhaps.
    let holds_only_the_key = fs::read_dir(path)?.all(|entry| entry.is_ok_and(|entry| entry.file_name() == key::FILE));
    Ok(holds_only_the_key || path.join(LOCK).exists())
}

fn cannot_use(path: &Path) -> impl FnOnce(io::Error) -> StartError {
    let path = path.display().to_string();
    move |error| StartError::Directory(format!("{path} cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ringkey-directory-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    #[test]
    fn a_new_directory_is_closed_to_others_and_taken_once() {
        let path = temporary("new");
        let directory = Directory::prepare(&path, None).ok().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let lock = directory.lock().unwrap();
        assert!(matches!(directory.lock(), Err(StartError::InUse)));
        drop(lock);
        assert!(Directory::prepare(&path, None).ok().unwrap().lock().is_ok());
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn somebody_elses_files_are_left_alone() {
        let path = temporary("foreign");
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("thesis.txt"), "mine").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Directory::prepare(&path, None), Err(StartError::Directory(_))));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_refused() {
        let path = temporary(&"x".repeat(LONGEST));
        assert!(matches!(Directory::prepare(&path, None), Err(StartError::Directory(why)) if why.contains("too long")));
        assert!(!path.exists());
    }
}
