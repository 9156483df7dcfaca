//! Certificates that nobody but the tests trusts.

use std::path::Path;
use std::process::Command;

/// Writes `certificate.pem` and `key.pem` for a host of this name. The certificate is its own authority, for phones that ask for one.
pub fn authority(directory: &Path, name: &str) {
    make(directory, name, "CA:TRUE");
}

/// The same for those who trust a certificate as it is, and take no authority for a host.
pub fn certificate(directory: &Path, name: &str) {
    make(directory, name, "CA:FALSE");
}

fn make(directory: &Path, name: &str, kind: &str) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", &format!("/CN={name}"), "-addext", &format!("subjectAltName=DNS:{name}")])
        .args(["-addext", &format!("basicConstraints=critical,{kind}"), "-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
