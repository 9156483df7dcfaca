//! QR codes as SVG, without a style: the pages' policy allows none inline.

use qrcode::render::svg::Color;
use qrcode::types::QrError;
use qrcode::{EcLevel, QrCode};

/// Pixels of each side, at least; a page may scale it.
const SIDE: u32 = 240;

/// An SVG element with the QR code of `text`: black on white with its quiet zone, also on a dark page.
///
/// # Errors
/// When the text is too long for a QR code.
pub fn svg(text: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let image = code.render::<Color>().min_dimensions(SIDE, SIDE).dark_color(Color("#000")).light_color(Color("#fff")).build();
    // The declaration before the element belongs to files.
    Ok(image.find("<svg").map_or_else(String::new, |start| image[start..].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_element_without_style_and_does_not_spell_out_its_text() {
        let svg = svg("https://ringkey.example.com/c/0123456789012345678901234567890123456789012").unwrap();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"), "{svg}");
        assert!(!svg.contains("style") && !svg.contains("ringkey"), "{svg}");
    }

    #[test]
    fn what_is_too_long_is_an_error() {
        assert!(svg(&"x".repeat(5_000)).is_err());
    }
}
