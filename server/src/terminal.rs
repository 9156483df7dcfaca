//! What the program says to the person who started it. The log goes elsewhere: see `telemetry`.

use std::io::{self, Write};

use app::audit::db::Author;

/// Who the history says it was, when something was done from there.
pub const AUTHOR: Author<'static> = Author { id: None, name: "command line", address: None };

/// A line on standard output. That nobody reads it any more is no fault.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line on standard error.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
