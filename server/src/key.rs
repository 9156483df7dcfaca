//! The key of the service: from the settings, or from a file that is made at first start. Tokens of links and the secrets of
//! gateways depend on it, so that all servers on one database need the same.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use app::domain::secret::Secret;
use app::keys::{Keys, LENGTH};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::config::Settings;
use crate::database;
use crate::failure::Failure;

/// The name of the key's file in the data directory.
pub const FILE: &str = "ringkey.key";
/// So many characters of a random text are no shorter than the key that is made of them.
const SHORTEST: usize = 32;
/// A file that is larger is not the key's.
const LARGEST: u64 = 4096;

/// Finds the key, or makes one.
pub fn find(settings: &Settings) -> Result<Keys, Failure> {
    if let Some(key) = settings.secret_key.as_ref().filter(|key| !key.is_empty()) {
        return keys(key).map_err(|problem| Failure::setting("secret_key", problem));
    }
    let file = match &settings.key_file {
        Some(file) => file.clone(),
        None => database::data_dir(settings)?.join(FILE),
    };
    let text = read_or_make(&file).map_err(|problem| Failure::setting("key_file", format!("{}: {problem}", file.display())))?;
    keys(&text).map_err(|problem| Failure::setting("key_file", format!("{}: {problem}", file.display())))
}

fn keys(text: &Secret) -> Result<Keys, String> {
    let text = text.expose().trim();
    if text.chars().count() < SHORTEST {
        return Err(format!("the key of the service has {SHORTEST} random characters or more"));
    }
    Ok(Keys::new(&Sha256::digest(text).into()))
}

fn read_or_make(path: &Path) -> Result<Secret, String> {
    match read(path) {
        Err(Unread::Missing) => {}
        Err(Unread::Refused(problem)) => return Err(problem),
        Ok(text) => return Ok(text),
    }
    make(path).map_err(|error| format!("the key of the service cannot be written there: {error}"))?;
    // Of servers that start at once one has made it, and all read that one.
    read(path).map_err(|unread| match unread {
        Unread::Missing => "it was there a moment ago and is not any more".into(),
        Unread::Refused(problem) => problem,
    })
}

enum Unread {
    Missing,
    Refused(String),
}

fn read(path: &Path) -> Result<Secret, Unread> {
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Unread::Missing,
        _ => Unread::Refused(format!("the key of the service cannot be read: {error}")),
    };
    let file = File::open(path).map_err(cannot)?;
    let mode = file.metadata().map_err(cannot)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Unread::Refused(format!("others than its owner may use this file (mode {:o}): chmod 600", mode & 0o777)));
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(cannot)?;
    Ok(text.into())
}

/// Writes a new key whole or not at all, and over no other.
fn make(path: &Path) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    if !directory.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let mut random = [0; LENGTH];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let new = path.with_extension(Uuid::new_v4().to_string());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    let linked = file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&new, path));
    fs::remove_file(&new)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn place(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("ringkey-key-{}-{name}", std::process::id())).join(FILE)
    }

    fn token(text: &Secret) -> Secret {
        keys(text).unwrap().link_token(Uuid::nil())
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let path = place("made");
        let made = read_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(token(&read_or_make(&path).unwrap()), token(&made));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn servers_that_start_at_once_agree() {
        let path = place("at-once");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..8).map(|_| scope.spawn(|| token(&read_or_make(&path).unwrap()))).collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_short_is_refused() {
        let path = place("refused");
        read_or_make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_or_make(&path).unwrap_err().contains("chmod 600"));
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
        assert!(keys(&"short".into()).is_err());
    }
}
