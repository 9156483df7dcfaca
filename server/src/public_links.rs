//! The addresses that an account's user and phone open. The token in the address is the permission: no session, no cookie but
//! the one by which a browser gets back what it has opened. GET and HEAD change nothing, except for the phone's own fetch.

use std::net::{IpAddr, Ipv4Addr};

use app::activation::actions::{self, Closed, Opened, Pressed};
use app::activation::pages::{self, Reader};
use app::activation::{configuration, hand_out, vcards};
use app::domain::language::Language;
use app::domain::phone_system::PhoneSystem;
use app::door::ClientAddress;
use app::error::AppError;
use app::links::LinkKind;
use app::settings;
use app::state::AppState;
use axum::Form;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

/// Holds the token of the configuration that a browser has opened, for as long as that is good.
const OPENED: &str = "__Secure-ringkey-phone";
/// Plain http, which is for this machine alone, cannot have the prefix (RFC 6265bis section 4.1.3.1).
const OPENED_ON_LOOPBACK: &str = "ringkey-phone";

#[derive(Deserialize)]
pub struct Download {
    system: String,
}

type Address = Option<Extension<ClientAddress>>;

/// GET /i/{token}
pub async fn installation(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap, address: Address) -> Response {
    let visit = Visit::new(&state, &headers, address);
    match actions::open(&state.pool, LinkKind::Installation, &token, visit.address).await {
        Ok(opened) => visit.installation(&token, &opened),
        Err(closed) => visit.closed(&closed),
    }
}

/// POST /i/{token}/download
pub async fn download(
    State(state): State<AppState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    address: Address,
    Form(form): Form<Download>,
) -> Response {
    let visit = Visit::new(&state, &headers, address);
    let Ok(system) = form.system.parse::<PhoneSystem>() else { return visit.closed(&Closed::Failed(AppError::BadRequest)) };
    match actions::click_installation(&state.pool, &token, visit.address).await {
        Ok(opened) => match opened.facts.download(system) {
            Some(link) => visit.answer(Redirect::to(link).into_response(), None),
            // The profile was changed since the page was opened.
            None => visit.installation(&token, &opened),
        },
        Err(closed) => visit.closed(&closed),
    }
}

/// POST /i/{token}/installed, by the button or by the client itself
pub async fn installed(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap, address: Address) -> Response {
    let visit = Visit::new(&state, &headers, address);
    match actions::installed(&state.pool, &token, visit.address).await {
        Ok(opened) => visit.page(StatusCode::OK, pages::installed(&visit.reader(), &opened.facts)),
        Err(closed) => visit.closed(&closed),
    }
}

/// GET /a/{token}
pub async fn activation(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap, address: Address) -> Response {
    let visit = Visit::new(&state, &headers, address);
    let shown = async {
        let opened = actions::open(&state.pool, LinkKind::Activation, &token, visit.address).await?;
        let pressed = actions::pressed(&state.pool, &state.service, &opened, visit.remembered.as_deref()).await?;
        Ok::<_, Closed>(match pressed {
            Some(pressed) => visit.opened(&token, &pressed),
            None => {
                let path = format!("/a/{token}");
                let page = pages::activation(&visit.reader(), &path, &opened.facts, visit.system, opened.link.expires_at);
                visit.page(StatusCode::OK, page)
            }
        })
    };
    shown.await.unwrap_or_else(|closed| visit.closed(&closed))
}

/// POST /a/{token}
pub async fn press(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap, address: Address) -> Response {
    let visit = Visit::new(&state, &headers, address);
    match actions::press(&state.pool, &state.service, &token, visit.remembered.as_deref(), visit.address).await {
        Ok(pressed) => visit.opened(&token, &pressed),
        Err(closed) => visit.closed(&closed),
    }
}

/// GET /c/{token}: the phone's fetch, which uses the configuration up. A browser that goes there, since somebody has scanned the
/// QR code with a camera, is told to use the app and uses up nothing.
pub async fn configuration(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap, address: Address) -> Response {
    let visit = Visit::new(&state, &headers, address);
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/html") {
        return visit.page(StatusCode::OK, pages::for_the_app(&visit.reader()));
    }
    match hand_out::hand_out(&state.pool, &state.service, &token, visit.address).await {
        Ok(handed) if accepted.contains("application/json") => visit.answer(axum::Json(configuration::json(&handed)).into_response(), None),
        Ok(handed) => {
            let document = ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], configuration::linphone(&handed));
            visit.answer(document.into_response(), None)
        }
        Err(closed) => visit.closed(&closed),
    }
}

/// HEAD /c/{token}: whoever only asks for the headers gets no configuration.
pub async fn no_configuration() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

/// POST /c/{token}/manual
pub async fn manual(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap, address: Address) -> Response {
    let visit = Visit::new(&state, &headers, address);
    match hand_out::hand_out(&state.pool, &state.service, &token, visit.address).await {
        Ok(handed) => visit.page(StatusCode::OK, pages::manual(&visit.reader(), &handed)),
        Err(closed) => visit.closed(&closed),
    }
}

/// GET /d/{token}
pub async fn directory(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap, address: Address) -> Response {
    let visit = Visit::new(&state, &headers, address);
    let listed = async {
        let people = hand_out::directory(&state.pool, &token, visit.address).await?;
        let settings = settings::load(&state.pool).await?;
        Ok::<_, Closed>(vcards::vcards(&people, &settings.sip_domain))
    };
    match listed.await {
        Ok(cards) => visit.answer(([(header::CONTENT_TYPE, "text/vcard; charset=utf-8")], cards).into_response(), None),
        Err(closed) => visit.closed(&closed),
    }
}

/// Who opens a link, and how to answer.
struct Visit<'a> {
    state: &'a AppState,
    language: Language,
    system: PhoneSystem,
    address: IpAddr,
    remembered: Option<String>,
}

impl<'a> Visit<'a> {
    fn new(state: &'a AppState, headers: &HeaderMap, address: Address) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            state,
            language: Language::of_header(text(header::ACCEPT_LANGUAGE)),
            system: PhoneSystem::of_user_agent(text(header::USER_AGENT)),
            address: address.map_or(Ipv4Addr::UNSPECIFIED.into(), |Extension(address)| address.0),
            remembered: cookie(headers, opened(state)),
        }
    }

    fn reader(&self) -> Reader<'_> {
        Reader { language: self.language, css: &self.state.assets.css }
    }

    fn installation(&self, token: &str, opened: &Opened) -> Response {
        let page = pages::installation(&self.reader(), &format!("/i/{token}"), &opened.facts, self.system);
        // The button is answered with a redirect to the download, which is a part of sending the form.
        let downloads: Vec<&str> = PhoneSystem::ALL.into_iter().filter_map(|system| origin(opened.facts.download(system)?)).collect();
        self.answer(Html(page).into_response(), Some(&downloads.join(" ")))
    }

    fn opened(&self, token: &str, pressed: &Pressed) -> Response {
        let address = LinkKind::Configuration.address(&self.state.service.origin, &pressed.token);
        let manual = LinkKind::Configuration.address("", &pressed.token);
        let page = pages::opened(&self.reader(), pressed, &address, &format!("{}/manual", manual.expose()));
        let mut response = self.page(StatusCode::OK, page);
        let secure = if self.state.https { "; Secure" } else { "" };
        let cookie = format!(
            "{}={}; Path=/a/{token}; Max-Age={}; HttpOnly; SameSite=Strict{secure}",
            opened(self.state),
            pressed.token.expose(),
            actions::CONFIGURATION_LIFETIME.as_secs()
        );
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn closed(&self, closed: &Closed) -> Response {
        let status = match closed {
            Closed::Used { .. } | Closed::Expired { .. } | Closed::Replaced { .. } => StatusCode::GONE,
            Closed::Busy { .. } => StatusCode::CONFLICT,
            Closed::Unknown => StatusCode::NOT_FOUND,
            Closed::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Closed::Failed(error) => error.status(),
        };
        self.page(status, pages::closed(&self.reader(), closed))
    }

    fn page(&self, status: StatusCode, page: String) -> Response {
        let mut response = self.answer(Html(page).into_response(), None);
        *response.status_mut() = status;
        response
    }

    /// Adds what every answer under a secret address carries; `downloads` are the origins to which its forms may lead.
    fn answer(&self, mut response: Response, downloads: Option<&str>) -> Response {
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self' {}; frame-ancestors 'none'",
            downloads.unwrap_or_default()
        );
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::try_from(policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        // The address is a key: it goes nowhere else with a link, and nothing keeps the page.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("accept, accept-language, cookie, user-agent"));
        response
    }
}

/// `https://host[:port]` of a link.
fn origin(link: &str) -> Option<&str> {
    let host = link.strip_prefix("https://")?;
    let end = host.find(['/', '?', '#']).unwrap_or(host.len());
    link.get(.."https://".len() + end)
}

const fn opened(state: &AppState) -> &'static str {
    if state.https { OPENED } else { OPENED_ON_LOOPBACK }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| Some(pair.trim().strip_prefix(name)?.strip_prefix('=')?.to_owned()))
}

/// Whether an address is one of these: its token is the permission, and a browser that keeps its origin to itself may send forms
/// there.
pub fn is_public_form(path: &str) -> bool {
    ["/i/", "/a/", "/c/"].iter().any(|start| path.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_may_lead_to_the_origin_of_a_download() {
        assert_eq!(origin("https://play.google.com/store/apps?id=1"), Some("https://play.google.com"));
        assert_eq!(origin("https://example.com:8443"), Some("https://example.com:8443"));
        assert_eq!(origin("http://example.com/"), None);
    }
}
