//! What every public page shares: plain HTML without a script, in the reader's language, readable on any phone.

use super::words::Words;
use crate::activation::db::Facts;
use crate::domain::language::Language;
use crate::ui::html::Html;

/// What a page needs to know of its reader and of this build.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub language: Language,
    /// The address of the style sheet.
    pub css: &'a str,
}

impl Reader<'_> {
    /// The sentences in the reader's language.
    pub const fn words(&self) -> &'static Words {
        Words::of(self.language)
    }
}

/// What a page is about, which decides what stands around its card.
#[derive(Clone, Copy)]
pub enum About<'a> {
    /// A link whose button was not pressed yet: whoever got it may not have expected it.
    Waiting(&'a Facts),
    /// The same, without what it should lead to: the card says [whom to ask](ask).
    Stuck(&'a Facts),
    /// A link whose button was pressed.
    Pressed(&'a Facts),
    /// A link that opens nothing. Its state, in a word and an icon, stands above the title, and the card says whom to ask.
    Closed { state: &'static str, icon: &'static str, facts: Option<&'a Facts> },
    /// No link of ours.
    Nothing,
}

/// A whole page: a card with a title, what `fill_card` puts into it, and a foot that says whose page it is.
pub fn page(reader: &Reader<'_>, title: &'static str, about: About<'_>, fill_card: impl FnOnce(&mut Html)) -> String {
    let words = reader.words();
    let mut html = Html::default();
    html.markup("<!doctype html><html lang=\"").text(reader.language.tag());
    html.markup(
        "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">",
    );
    html.markup("<meta name=\"format-detection\" content=\"telephone=no\"><title>")
        .text(title)
        .markup(" · Ringkey</title><link rel=\"stylesheet\" href=\"");
    html.text(reader.css).markup("\"><link rel=\"icon\" type=\"image/svg+xml\" href=\"/favicon.svg\"></head>");
    html.markup("<body><div class=\"solo pub\"><svg hidden>");
    symbol(&mut html, "ring");
    if let About::Closed { icon, .. } = about {
        symbol(&mut html, icon);
    }
    html.markup("</svg><main id=\"main\" class=\"stackv\"><p class=\"brand\">").icon("ring").markup("Ringkey</p><section class=\"card\">");
    if let About::Closed { state, icon, .. } = about {
        html.markup("<p><span class=\"chip warn\">").icon(icon).text(state).markup("</span></p>");
    }
    html.markup("<h1>").text(title).markup("</h1>");
    fill_card(&mut html);
    if let About::Closed { facts: Some(facts), .. } = about {
        ask(&mut html, words, facts);
    }
    html.markup("</section>");
    foot(&mut html, words, about);
    html.markup("</main></div></body></html>");
    html.done()
}

/// Adds the definition of an icon: a page that is opened once, on a phone, carries no others.
fn symbol(html: &mut Html, name: &str) {
    let definition = ICONS.lines().find(|line| line.strip_prefix("<symbol id=\"").is_some_and(|rest| rest.split('"').next() == Some(name)));
    html.markup(definition.unwrap_or_default());
}

/// One symbol a line.
const ICONS: &str = include_str!("../../ui/icons.svg");

/// Adds whom to ask, as buttons.
pub fn ask(html: &mut Html, words: &Words, facts: &Facts) {
    if facts.support_phone.is_none() && facts.support_email.is_none() {
        return;
    }
    html.markup("<div class=\"stackv ask\">");
    if let Some(phone) = &facts.support_phone {
        html.markup("<a class=\"btn main big\" href=\"tel:").text(phone).markup("\"><span>");
        sentence(html, words.call, &[("{phone}", phone)], Value::Plain);
        html.markup("</span></a>");
    }
    if let Some(email) = &facts.support_email {
        html.markup("<a class=\"btn big\" href=\"mailto:").text(email).markup("\"><span>");
        sentence(html, words.write, &[("{email}", email)], Value::Plain);
        html.markup("</span></a>");
    }
    html.markup("</div>");
}

fn foot(html: &mut Html, words: &Words, about: About<'_>) {
    if let About::Waiting(facts) | About::Pressed(facts) = about
        && (facts.support_phone.is_some() || facts.support_email.is_some())
    {
        html.markup("<p class=\"sub contact\"><span>").text(words.contact).markup("</span>");
        if let Some(phone) = &facts.support_phone {
            html.markup("<a href=\"tel:").text(phone).markup("\">").text(phone).markup("</a>");
        }
        if let Some(email) = &facts.support_email {
            html.markup("<a href=\"mailto:").text(email).markup("\">").text(email).markup("</a>");
        }
        html.markup("</p>");
    }
    let (About::Waiting(facts) | About::Stuck(facts) | About::Pressed(facts) | About::Closed { facts: Some(facts), .. }) = about else {
        return;
    };
    html.markup("<p class=\"sub\">");
    sentence(html, words.sent_by, &[("{company}", facts.company.as_deref().unwrap_or(words.somebody))], Value::Plain);
    if let About::Waiting(_) | About::Stuck(_) = about {
        html.markup("<br>").text(words.not_expected);
    }
    html.markup("</p>");
}

/// How a value stands in its sentence.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Plain,
    Bold,
}

/// Adds a sentence with its values filled in.
pub fn sentence(html: &mut Html, sentence: &str, values: &[(&str, &str)], how: Value) {
    let mut rest = sentence;
    while let Some((at, (name, value))) = values.iter().filter_map(|pair| Some((rest.find(pair.0)?, *pair))).min_by_key(|(at, _)| *at) {
        html.text(&rest[..at]).markup(if how == Value::Bold { "<b dir=\"auto\">" } else { "<bdi>" }).text(value);
        html.markup(if how == Value::Bold { "</b>" } else { "</bdi>" });
        rest = &rest[at + name.len()..];
    }
    html.text(rest);
}

/// Adds a paragraph.
pub fn paragraph(html: &mut Html, class: &'static str, text: &str, values: &[(&str, &str)], how: Value) {
    html.markup("<p class=\"").markup(class).markup("\">");
    sentence(html, text, values, how);
    html.markup("</p>");
}

/// Adds a form of one button. `action` is the path that it is posted to.
pub fn button(html: &mut Html, action: &str, label: &str, class: &'static str) {
    html.markup("<form method=\"post\" action=\"").text(action).markup("\"><button class=\"").markup(class).markup("\">");
    html.text(label).markup("</button></form>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            owner: None,
            number: "111".to_owned(),
            company: Some("A <b> S.r.l.".to_owned()),
            support_phone: Some("+391234567890".to_owned()),
            support_email: Some("help@example.com".to_owned()),
            android_link: None,
            ios_link: None,
            other_link: None,
        }
    }

    #[test]
    fn a_page_is_whole_in_the_readers_language_and_without_script_or_style() {
        let facts = facts();
        for language in [Language::English, Language::Italian] {
            let reader = Reader { language, css: "/pkg/ringkey.css" };
            let page = page(&reader, "T", About::Waiting(&facts), |_| {});
            assert!(page.starts_with(&format!("<!doctype html><html lang=\"{}\">", language.tag())) && page.ends_with("</html>"), "{page}");
            assert!(page.contains("<symbol id=\"ring\"") && page.contains("A &lt;b&gt; S.r.l."), "{page}");
            assert!(!page.contains("<script") && !page.contains("style="), "{page}");
        }
    }

    #[test]
    fn whom_to_ask_stands_once_and_only_who_can_still_press_is_told_to_ignore() {
        let facts = facts();
        let reader = Reader { language: Language::English, css: "" };
        let closed = About::Closed { state: "Used", icon: "check", facts: Some(&facts) };
        for (about, waits) in
            [(About::Waiting(&facts), true), (About::Stuck(&facts), true), (About::Pressed(&facts), false), (closed, false)]
        {
            let page = page(&reader, "T", about, |html| {
                if let About::Stuck(facts) = about {
                    ask(html, reader.words(), facts);
                }
            });
            assert_eq!(page.matches("\"tel:+391234567890\"").count(), 1, "{page}");
            assert_eq!(page.matches("\"mailto:help@example.com\"").count(), 1, "{page}");
            assert_eq!(page.contains(reader.words().not_expected), waits, "{page}");
        }
        assert!(page(&reader, "T", closed, |_| {}).contains("<symbol id=\"check\""));
    }

    #[test]
    fn values_stay_values() {
        let mut html = Html::default();
        sentence(&mut html, "{a} & {b}{a}", &[("{a}", "<{b}>"), ("{b}", "2")], Value::Bold);
        assert_eq!(html.done(), "<b dir=\"auto\">&lt;{b}&gt;</b> &amp; <b dir=\"auto\">2</b><b dir=\"auto\">&lt;{b}&gt;</b>");
    }
}
