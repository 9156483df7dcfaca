//! Where initdb and postgres are.

use std::fs;
use std::path::{Path, PathBuf};

/// Debian keeps one directory a version here.
const DEBIAN: &str = "/usr/lib/postgresql";

/// There is no Postgres to run.
#[derive(Debug, thiserror::Error)]
pub enum NoPrograms {
    #[error(
        "Ringkey needs Postgres, and none is installed: run \"apt-get install postgresql\", name the directory of initdb and \
         postgres in --pg-bin (PG_BIN), or name a running Postgres in --database-url (DATABASE_URL)"
    )]
    Installed,
    #[error("there are no programs initdb and postgres in {}", .0.display())]
    InPlace(PathBuf),
}

/// The directory of the programs: `given`, or the newest version in Debian's place.
pub fn find(given: Option<&Path>) -> Result<PathBuf, NoPrograms> {
    match given {
        Some(directory) if is_complete(directory) => Ok(directory.to_owned()),
        Some(directory) => Err(NoPrograms::InPlace(directory.to_owned())),
        None => newest(Path::new(DEBIAN)).ok_or(NoPrograms::Installed),
    }
}

fn newest(root: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(root).ok()?.flatten();
    let version = |entry: &fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    let usable = versions.filter_map(|entry| Some((version(&entry)?, entry.path().join("bin"))));
    usable.filter(|(_, directory)| is_complete(directory)).max().map(|(_, directory)| directory)
}

fn is_complete(directory: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| directory.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_place_is_named() {
        let error = find(Some(Path::new("/nowhere"))).unwrap_err();
        assert_eq!(error.to_string(), "there are no programs initdb and postgres in /nowhere");
    }

    #[test]
    fn an_empty_machine_has_none() {
        assert_eq!(newest(Path::new("/nowhere")), None);
    }
}
