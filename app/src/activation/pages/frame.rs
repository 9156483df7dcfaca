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

/// A whole page: a card with a title, what `fill_card` puts into it, and a foot that says whose page it is.
pub fn page(reader: &Reader<'_>, title: &'static str, facts: Option<&Facts>, fill_card: impl FnOnce(&mut Html)) -> String {
    let words = reader.words();
    let mut html = Html::default();
    html.markup("<!doctype html><html lang=\"").text(reader.language.tag());
    html.markup(
        "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">",
    );
    html.markup("<meta name=\"format-detection\" content=\"telephone=no\"><title>")
        .text(title)
        .markup("</title><link rel=\"stylesheet\" href=\"");
    html.text(reader.css).markup("\"><link rel=\"icon\" type=\"image/svg+xml\" href=\"/favicon.svg\"></head>");
    html.markup(
        "<body><div class=\"solo pub\"><main id=\"main\" class=\"stackv\"><p class=\"brand\">Ringkey</p><section class=\"card\"><h1>",
    );
    html.text(title).markup("</h1>");
    fill_card(&mut html);
    html.markup("</section>");
    if let Some(facts) = facts {
        foot(&mut html, words, facts);
    }
    html.markup("</main></div></body></html>");
    html.done()
}

fn foot(html: &mut Html, words: &Words, facts: &Facts) {
    if facts.support_phone.is_some() || facts.support_email.is_some() {
        html.markup("<p class=\"sub\">").text(words.contact);
        if let Some(phone) = &facts.support_phone {
            html.markup(" <a href=\"tel:").text(phone).markup("\">").text(phone).markup("</a>");
        }
        if let Some(email) = &facts.support_email {
            html.markup(" <a href=\"mailto:").text(email).markup("\" dir=\"auto\">").text(email).markup("</a>");
        }
        html.markup("</p>");
    }
    html.markup("<p class=\"sub\">");
    sentence(html, words.sent_by, &[("{company}", facts.company.as_deref().unwrap_or(words.somebody))], Value::Plain);
    html.markup(" ").text(words.not_expected).markup("</p>");
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

    #[test]
    fn values_stay_values() {
        let mut html = Html::default();
        sentence(&mut html, "{a} & {b}{a}", &[("{a}", "<{b}>"), ("{b}", "2")], Value::Bold);
        assert_eq!(html.done(), "<b dir=\"auto\">&lt;{b}&gt;</b> &amp; <b dir=\"auto\">2</b><b dir=\"auto\">&lt;{b}&gt;</b>");
    }
}
