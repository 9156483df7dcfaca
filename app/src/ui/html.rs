//! HTML as text. A browser reads the text of a row ten times as fast as a view builds it node by node, and a row that came
//! with the page needs no walk over its nodes before it lives: rows of long tables are made of this, and nothing else is.

/// HTML that grows. Markup is a constant of the program; whatever else goes in is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Adds markup.
    pub fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a text, between tags or between the quotes of an attribute.
    pub fn text(&mut self, text: &str) -> &mut Self {
        html_escape::encode_quoted_attribute_to_string(text, &mut self.0);
        self
    }

    /// Adds an icon, silent for screen readers: the markup of [`Icon`](super::icon::Icon).
    pub fn icon(&mut self, name: &'static str) -> &mut Self {
        self.markup(r##"<svg class="i" aria-hidden="true"><use href="#"##).markup(name).markup(r#""></use></svg>"#)
    }

    /// Adds an image that a library has drawn of numbers alone.
    pub fn svg(&mut self, image: &str) -> &mut Self {
        self.0.push_str(image);
        self
    }

    /// The text of it.
    pub fn done(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_never_ends_the_tag_or_the_quotes_that_it_stands_in(text in any::<String>()) {
            let mut html = Html::default();
            html.markup("<b title=\"").text(&text).markup("\">").text(&text).markup("</b>");
            let html = html.done();
            prop_assert_eq!(html.matches(['<', '>']).count(), 4);
            prop_assert_eq!(html.matches('"').count(), 2);
            prop_assert!(!html.contains('\''));
            let (title, _) = html.strip_prefix("<b title=\"").and_then(|html| html.split_once("\">")).unwrap_or_default();
            prop_assert_eq!(html_escape::decode_html_entities(title), text);
        }
    }
}
