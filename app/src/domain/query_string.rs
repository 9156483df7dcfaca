//! Text in the query of an address.

/// Leaves only the unreserved characters of RFC 3986 (section 2.3) as they are; the bytes of the others become `%XX`.
#[must_use]
pub fn encode(text: &str) -> String {
    let encoded = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_an_address_is_encoded() {
        assert_eq!(encode("/accounts?q=a b&ü"), "%2Faccounts%3Fq%3Da%20b%26%C3%BC");
    }
}
