//! A text with what a filter found in it marked.

use leptos::prelude::*;

use crate::domain::needle::{Needle, Piece};

/// The text, cut where a word of the filter stands in it.
pub fn marked(text: &str, needle: &Needle) -> AnyView {
    let piece = |piece| match piece {
        Piece::Plain(text) => text.into_any(),
        Piece::Marked(text) => view! { <mark>{text}</mark> }.into_any(),
    };
    needle.mark(text).into_iter().map(piece).collect_view().into_any()
}
