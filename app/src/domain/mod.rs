//! The rules of Ringkey as pure functions, compiled into the browser and into the server: parsing
//! of what people type, decisions, and the sentences they are told. Nothing here reads a clock, a
//! database or a random source; times and random bytes are passed in.

pub mod account_draft;
pub mod account_field;
pub mod account_filter;
mod account_form;
pub mod account_query;
pub mod account_rules;
pub mod account_status;
pub mod account_type;
pub mod acl;
pub mod batch;
pub mod bulk;
pub mod characters;
mod country_code;
pub mod download_link;
pub mod edit_conflict;
pub mod email;
pub mod export;
pub mod field_errors;
pub mod fold;
pub mod group_draft;
pub mod host;
pub mod keep_alive;
pub mod mac;
pub mod media_encryption;
pub mod message;
pub mod message_query;
pub mod needle;
pub mod numerals;
pub mod operator;
pub mod operator_password;
pub mod password;
mod patterns;
pub mod phone_number;
pub mod profile_draft;
pub mod query_string;
pub mod relative_time;
pub mod role;
pub mod secret;
pub mod sms_text;
pub mod text;
pub mod transport;
pub mod unknown;
pub mod username;
mod whole_number;
