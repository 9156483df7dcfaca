//! The unit file for systemd.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::program::{Directory, stderr, stdout};

/// The file as it ships, but for the place of the program.
fn unit() -> (Directory, String) {
    let shipped = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/ringkey.service")).unwrap();
    let directory = Directory::new();
    fs::create_dir(directory.path()).unwrap();
    let here = shipped.replace("/usr/local/bin/ringkey", env!("CARGO_BIN_EXE_ringkey"));
    assert_ne!(here, shipped);
    let path = directory.path().join("ringkey.service");
    fs::write(&path, here).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (directory, path)
}

#[test]
fn systemd_finds_no_fault_in_its_unit() {
    let (_directory, path) = unit();
    let checked =
        Command::new("systemd-analyze").args(["verify", "--man=no", &path]).output().expect("systemd-analyze: tools/install test");
    // Of other units of the machine it may complain, too.
    let complaints: Vec<String> = stderr(&checked).lines().filter(|line| line.contains("ringkey")).map(str::to_owned).collect();
    assert_eq!(complaints, [""; 0]);
    assert!(checked.status.success(), "{}", stderr(&checked));
}

#[test]
fn little_is_within_its_reach() {
    let (_directory, path) = unit();
    let checked =
        Command::new("systemd-analyze").args(["security", "--offline=true", "--no-pager", "--threshold=25", &path]).output().unwrap();
    assert!(checked.status.success(), "more than 2.5 of 10:\n{}{}", stdout(&checked), stderr(&checked));
}
