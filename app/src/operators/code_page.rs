//! The second step of signing in: a plain page with a plain form, like the first.

use axum::http::StatusCode;
use axum::response::Response;
use html_escape::encode_double_quoted_attribute as escaped;

use crate::server_pages::plain;
use crate::state::AppState;

/// Asks for a code. `next` is where to go on to, `message` why the code before was refused.
pub fn page(state: &AppState, status: StatusCode, next: &str, message: &str) -> Response {
    let refused = if message.is_empty() {
        String::new()
    } else {
        let icon = r##"<svg class="i" aria-hidden="true"><use href="#bad"></use></svg>"##;
        format!(r#"<div class="msg bad" role="alert">{icon}<div>{}</div></div>"#, escaped(message))
    };
    let inner = format!(
        r#"<form class="card" method="post" action="/sign-in/code"><h1>Enter your code</h1>{refused}
<input type="hidden" name="next" value="{next}">
<p class="help">Your authenticator app shows a code of 6 digits for Ringkey, another one every 30 seconds. This page waits 5 minutes.</p>
<div class="field"><label for="code">Code</label><div class="in"><input id="code" name="code" class="mono" inputmode="numeric"
 autocomplete="one-time-code" maxlength="20" autofocus></div></div>
<details><summary>Without your phone</summary><div class="field"><label for="recovery">Recovery code</label><div class="in"><input
 id="recovery" name="recovery" class="mono" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="40" aria-describedby="recovery-help"></div>
<p class="help" id="recovery-help">One of the ten that were shown when you set the second factor up. Each works once. Without one, an admin
 of this service can remove your second factor.</p></div></details>
<button type="submit" class="btn main big">Sign in</button></form>
<p class="sub"><a href="/sign-in">Start again</a></p>"#,
        next = escaped(next),
    );
    plain(state, status, "Enter your code", &inner, "'self'")
}
