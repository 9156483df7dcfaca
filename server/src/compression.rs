//! Pages and answers go over the line compressed: the Account List in a tenth of its bytes.
//!
//! None of them holds a secret that somebody could guess letter by letter from the length of an answer (BREACH): passwords
//! never leave the server, and a session is in a cookie that requests from other sites do not carry.

use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Shorter answers, in bytes, fit into one packet as they are.
const WORTH_IT: u64 = 1_000;

/// Compresses what is whole when it is sent. Files of the browser come compressed from the build; a CSV file would take the
/// processor that writes it, and the lines that tell how work goes on must not wait for each other.
pub fn layer() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(WORTH_IT).and(is_whole))
}

fn is_whole(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    ["text/html", "application/json"].iter().any(|whole| kind.starts_with(whole))
}
