//! An authenticator app of sorts, and an operator who uses it.

use std::time::{SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Secret};

use super::app::PASSWORD;
use super::{Client, Reply};

/// The code that an app with this key shows so many steps of 30 seconds from now.
pub fn code(key: &str, steps_from_now: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let app = Builder::new().with_secret(Secret::try_from_base32(key).unwrap()).build().unwrap();
    app.generate(now.checked_add_signed(30 * steps_from_now).unwrap()).to_string()
}

/// Posts a step of the page of the second factor.
pub async fn step(client: &Client, fields: &[(&str, &str)]) -> Reply {
    client.post_form("/me/second-factor", fields).await
}

/// Begins setting up; gives the key that the page shows.
pub async fn begin(client: &Client) -> String {
    let page = step(client, &[("step", "begin"), ("password", PASSWORD)]).await;
    assert!(page.status.is_success(), "{}", page.text);
    key_in(&page)
}

pub fn key_in(page: &Reply) -> String {
    let (_, rest) = page.text.split_once("<code class=\"key\">").unwrap_or_else(|| panic!("no key in {}", page.text));
    rest.split_once('<').unwrap().0.replace(' ', "")
}

/// Sets a second factor up with the code of now; gives the key and the recovery codes.
pub async fn set_up(client: &Client) -> (String, Vec<String>) {
    let key = begin(client).await;
    let codes = confirm(client, &code(&key, 0)).await;
    (key, codes)
}

/// Confirms what was begun; gives the recovery codes.
pub async fn confirm(client: &Client, code: &str) -> Vec<String> {
    let done = step(client, &[("step", "confirm"), ("code", code)]).await;
    assert!(done.status.is_success(), "{}", done.text);
    let (_, list) = done.text.split_once("aria-label=\"Recovery codes\"").unwrap_or_else(|| panic!("no recovery codes in {}", done.text));
    let list = list.split_once("</ul>").unwrap().0;
    let codes: Vec<String> = list.split("<li>").skip(1).map(|item| item.split_once('<').unwrap().0.to_owned()).collect();
    assert!(codes.len() == 10 && codes.iter().all(|code| code.len() == 19), "{} codes", codes.len());
    codes
}
