//! The public pages: installation, activation, and what a closed link says.

mod frame;
pub mod words;

use time::OffsetDateTime;

use self::frame::{About, Value, ask, button, page, paragraph, sentence};
use self::words::{Words, system_name, written_time};
use super::actions::{Closed, Pressed};
use super::db::Facts;
use super::hand_out::HandedOut;
use super::qr;
use crate::domain::account_type::SecurityModel;
use crate::domain::media_encryption::MediaEncryption;
use crate::domain::phone_system::PhoneSystem;
use crate::domain::secret::Secret;
use crate::error::AppError;
use crate::ui::html::Html;

pub use self::frame::Reader;

/// The class of the button that a page is there for.
const MAIN: &str = "btn main big";
const OTHER: &str = "btn big";

/// The page of an installation link; `path` is its own.
#[must_use]
pub fn installation(reader: &Reader<'_>, path: &str, facts: &Facts, system: PhoneSystem) -> String {
    let words = reader.words();
    let about = if facts.download(system).is_some() { About::Waiting(facts) } else { About::Stuck(facts) };
    page(reader, words.install_title, about, |html| {
        greeting(html, words, facts, words.install_lead);
        if facts.download(system).is_some() {
            download(html, path, words.install_button, system, MAIN);
        } else {
            paragraph(html, "msg warn", words.install_missing, &[], Value::Plain);
            ask(html, words, facts);
        }
        let others: Vec<_> = PhoneSystem::ALL.into_iter().filter(|other| *other != system && facts.download(*other).is_some()).collect();
        if !others.is_empty() {
            html.markup("<details><summary>").text(words.other_system).markup("</summary><div class=\"stackv\">");
            for other in others {
                download(html, path, system_name(other), other, OTHER);
            }
            html.markup("</div></details>");
        }
        paragraph(html, "sub", words.installed_question, &[], Value::Plain);
        button(html, &format!("{path}/installed"), words.installed_button, OTHER);
    })
}

/// The answer to "I have installed it".
#[must_use]
pub fn installed(reader: &Reader<'_>, facts: &Facts) -> String {
    let words = reader.words();
    page(reader, words.installed_title, About::Pressed(facts), |html| {
        paragraph(html, "", words.installed_next, &[("{number}", &facts.number)], Value::Bold);
    })
}

/// The page of an activation link; `path` is its own.
#[must_use]
pub fn activation(reader: &Reader<'_>, path: &str, facts: &Facts, system: PhoneSystem, until: Option<OffsetDateTime>) -> String {
    let words = reader.words();
    page(reader, words.activate_title, About::Waiting(facts), |html| {
        greeting(html, words, facts, words.activate_lead);
        html.markup("<ol class=\"todo\"><li><span>").text(words.activate_first);
        if let Some(link) = facts.download(system) {
            html.markup(" <a href=\"").text(link).markup("\" rel=\"noreferrer\">").text(words.activate_missing).markup("</a>");
        }
        html.markup("</span></li><li><span>");
        html.text(words.activate_second).markup("</span></li></ol>");
        button(html, path, words.activate_button, MAIN);
        if let Some(until) = until {
            paragraph(html, "sub", words.activate_until, &[("{time}", &written_time(reader.language, until))], Value::Plain);
        }
    })
}

/// The configuration is open for ten minutes; `address` is where the phone fetches it.
#[must_use]
pub fn opened(reader: &Reader<'_>, pressed: &Pressed, address: &Secret, manual: &str) -> String {
    let words = reader.words();
    page(reader, words.open_title, About::Pressed(&pressed.facts), |html| {
        paragraph(html, "", words.open_lead, &[("{number}", &pressed.facts.number)], Value::Bold);
        html.markup("<a class=\"btn main big\" href=\"linphone-config:").text(address.expose()).markup("\">");
        html.text(words.open_button).markup("</a>");
        paragraph(html, "sub", words.open_until, &[("{time}", &written_time(reader.language, pressed.until))], Value::Plain);
        html.markup("<details><summary>")
            .text(words.qr_summary)
            .markup("</summary><div class=\"stackv\"><div class=\"qr\" role=\"img\" aria-label=\"");
        html.text(words.qr_label).markup("\">");
        // An address of ours is never too long for a code.
        html.svg(&qr::svg(address.expose()).unwrap_or_default());
        html.markup("</div>");
        paragraph(html, "sub", words.qr_help, &[], Value::Plain);
        html.markup("</div></details><details><summary>").text(words.manual_summary).markup("</summary><div class=\"stackv\">");
        paragraph(html, "", words.manual_lead, &[], Value::Plain);
        button(html, manual, words.manual_button, OTHER);
        html.markup("</div></details>");
    })
}

/// Username and password, once.
#[must_use]
pub fn manual(reader: &Reader<'_>, handed: &HandedOut) -> String {
    let words = reader.words();
    let phone = &handed.phone;
    let model = words.encryption[usize::from(phone.security == SecurityModel::Zrtp)];
    let encryption = match phone.media_encryption {
        MediaEncryption::Enforced => model.to_owned(),
        MediaEncryption::Preferred => format!("{model}, {}", words.preferred),
    };
    let port = phone.sip_port.to_string();
    let obfuscation = phone.obfuscation_key.map(|key| key.to_string());
    let values = [
        phone.username.as_str(),
        handed.password.expose(),
        &handed.digests.realm,
        &phone.sip_host,
        &port,
        phone.transport.as_str(),
        &encryption,
    ];
    let fields = words.manual_fields.into_iter().zip(values).chain(obfuscation.iter().map(|key| (words.obfuscation, key.as_str())));
    page(reader, words.manual_title, About::Pressed(&handed.facts), |html| {
        paragraph(html, "msg warn", words.manual_once, &[], Value::Plain);
        html.markup("<dl class=\"byhand\">");
        for (label, value) in fields {
            html.markup("<div><dt>").text(label).markup("</dt><dd><code>").text(value).markup("</code></dd></div>");
        }
        html.markup("</dl>");
    })
}

/// Somebody has opened the address of a configuration in a browser: it is left for the app.
#[must_use]
pub fn for_the_app(reader: &Reader<'_>) -> String {
    let words = reader.words();
    page(reader, words.browser_title, About::Nothing, |html| paragraph(html, "", words.browser_lead, &[], Value::Plain))
}

/// Why a link opens nothing, and what to do.
#[must_use]
pub fn closed(reader: &Reader<'_>, closed: &Closed) -> String {
    let words = reader.words();
    let time = |at: OffsetDateTime| written_time(reader.language, at);
    let about = |state, icon, facts| About::Closed { state, icon, facts };
    match closed {
        Closed::Used { at, facts } => page(reader, words.used_title, about(words.used, "check", Some(facts)), |html| {
            paragraph(html, "", words.used_lead, &[("{time}", &time(*at))], Value::Bold);
            html.markup("<ul class=\"then\">");
            for (question, answer) in words.used_help {
                html.markup("<li><b>").text(question).markup("</b> ").text(answer).markup("</li>");
            }
            html.markup("</ul>");
        }),
        Closed::Expired { at, facts } => page(reader, words.expired_title, about(words.expired, "clock", Some(facts)), |html| {
            paragraph(html, "", words.expired_lead, &[("{time}", &time(*at))], Value::Bold);
            paragraph(html, "", words.ask_new, &[], Value::Plain);
        }),
        Closed::Replaced { facts } => page(reader, words.replaced_title, about(words.replaced, "refresh", Some(facts)), |html| {
            paragraph(html, "", words.replaced_lead, &[], Value::Plain);
        }),
        Closed::Busy { until, facts } => page(reader, words.busy_title, about(words.busy, "phone", Some(facts)), |html| {
            paragraph(html, "", words.busy_lead, &[("{time}", &time(*until))], Value::Bold);
        }),
        Closed::Unknown => page(reader, words.unknown_title, about(words.unknown, "ask", None), |html| {
            paragraph(html, "", words.unknown_lead, &[], Value::Plain);
            paragraph(html, "", words.ask_new, &[], Value::Plain);
        }),
        Closed::TooMany => page(reader, words.too_many_title, about(words.too_many, "clock", None), |html| {
            paragraph(html, "", words.too_many_lead, &[], Value::Plain);
        }),
        // An error's own sentence is for operators, and English.
        Closed::Failed(error) => page(reader, words.failed_title, about(words.failed, "warn", None), |html| {
            paragraph(html, "", words.failed_lead, &[], Value::Plain);
            if let AppError::Internal { id } = error {
                paragraph(html, "sub", words.failed_number, &[("{id}", id)], Value::Plain);
            }
        }),
    }
}

fn greeting(html: &mut Html, words: &Words, facts: &Facts, lead: &str) {
    html.markup("<p>");
    if let Some(owner) = &facts.owner {
        sentence(html, words.hello, &[("{owner}", owner)], Value::Plain);
        html.markup(" ");
    }
    sentence(html, lead, &[("{number}", &facts.number)], Value::Bold);
    html.markup("</p>");
}

fn download(html: &mut Html, path: &str, label: &str, system: PhoneSystem, class: &'static str) {
    html.markup("<form method=\"post\" action=\"").text(path).markup("/download\"><button name=\"system\" value=\"");
    html.text(system.as_str()).markup("\" class=\"").markup(class).markup("\">").text(label).markup("</button></form>");
}

impl Facts {
    /// Where the client for a system is, if the profile says so.
    #[must_use]
    pub fn download(&self, system: PhoneSystem) -> Option<&str> {
        match system {
            PhoneSystem::Android => self.android_link.as_deref(),
            PhoneSystem::Ios => self.ios_link.as_deref(),
            PhoneSystem::Other => self.other_link.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests;
