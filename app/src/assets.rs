//! The files that browsers fetch: carried inside a release build, read from the disk in a debug build.

use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// What cargo-leptos has built: `pkg/` and the files of `public/`.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// The encodings that a file may lie beside itself in, the smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

const A_YEAR: &str = "public, max-age=31536000, immutable";
const FIVE_MINUTES: &str = "public, max-age=300";

/// Addresses of the script, the WASM and the style sheet of this build, as a page names them (`/pkg/…`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

impl Assets {
    /// Looks for the names that the build gave, with or without a hash in them.
    pub fn find() -> Self {
        Self { js: address("js"), wasm: address("wasm"), css: address("css") }
    }
}

fn address(extension: &str) -> String {
    let ours = |name: &str| {
        let mut parts = name.split('.');
        matches!(parts.next(), Some("ringkey" | "ringkey_bg")) && parts.next_back() == Some(extension)
    };
    let built = Site::iter().filter(|path| path.strip_prefix("pkg/").is_some_and(ours));
    // A build that is watched leaves older names beside the newest.
    let newest = built.max_by_key(|path| Site::get(path).and_then(|file| file.metadata.last_modified()));
    newest.map_or_else(|| format!("/pkg/ringkey.{extension}"), |path| format!("/{path}"))
}

/// Answers with the file at the request's path, compressed if the browser takes it so and the build made it so.
pub async fn serve_asset(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let Some((file, encoding)) = in_best_encoding(path, &headers) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = etag(&file);
    let mut response = if is_known(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type(path))], file.data).into_response()
    };
    let headers = response.headers_mut();
    if let Ok(etag) = etag.parse() {
        headers.insert(header::ETAG, etag);
    }
    let cache = if is_hashed(path) { A_YEAR } else { FIVE_MINUTES };
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static(cache));
    headers.insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(encoding));
    }
    response
}

fn in_best_encoding(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let compressed = ENCODINGS.iter().filter(|(encoding, _)| accepts(accepted, encoding));
    compressed
        .filter_map(|(encoding, suffix)| Some((Site::get(&format!("{path}{suffix}"))?, Some(*encoding))))
        .next()
        .or_else(|| Some((Site::get(path)?, None)))
}

/// Whether an Accept-Encoding header names `encoding` and does not refuse it (RFC 9110 section 12.5.3).
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|choice| {
        let (name, weight) = choice.split_once(';').unwrap_or((choice, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|value| value.trim().trim_start_matches("W/") == etag)
}

/// Whether the name holds a hash as cargo-leptos makes it: 22 characters of base64 before the extension.
fn is_hashed(path: &str) -> bool {
    // The loader of chunks keeps its name when they change (cargo-leptos issue 658).
    let Some(name) = path.strip_prefix("pkg/").filter(|name| !name.starts_with("__wasm_split")) else { return false };
    let hash = name.rsplit('.').nth(1).unwrap_or_default();
    name.split('.').count() > 2 && hash.len() == 22 && hash.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hash_makes_a_name_last_a_year() {
        assert!(is_hashed("pkg/ringkey.6xLAQ9zRmQ3HcTvNgC-_aw.js"));
        assert!(!is_hashed("pkg/ringkey.js"));
        assert!(!is_hashed("pkg/__wasm_split.6xLAQ9zRmQ3HcTvNgC-_aw.js"));
        assert!(!is_hashed("favicon.svg"));
        assert!(!is_hashed("6xLAQ9zRmQ3HcTvNgC-_aw.js"));
    }

    #[test]
    fn an_encoding_counts_when_named_and_not_refused() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("gzip;q=0.5, BR ; q=1", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("gzip, br; q=0.0", "br"));
        assert!(!accepts("", "br"));
        assert!(!accepts("brotli", "br"));
    }

    #[test]
    fn wasm_has_the_type_that_browsers_compile_while_it_arrives() {
        assert_eq!(content_type("pkg/ringkey.wasm"), "application/wasm");
    }
}
