//! The log: structured lines on standard error, as text or as JSON.

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};

/// Dependencies that say more than helps: the session layer calls every session that has ended suspicious.
const QUIET: &str = "tower_sessions=error,tower_sessions_core=error,sqlx::postgres::notice=warn";

/// Says the path of every request when it is asked for traces, with the tokens of links in it. Whoever asks for everything does not
/// ask for that.
const SECRETIVE: &str = "tower_http::csrf=info";

/// Starts the log. A second call changes nothing.
pub fn start(settings: &Settings) {
    let filter = EnvFilter::new(format!("{QUIET},{},{SECRETIVE}", settings.log));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Names that people typed are logged as `?name`: both formats then show line breaks and escapes as text.
    let _ = match settings.log_format {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}
