//! A provisioning profile as it is typed, and its rules.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::account_rules::optional;
use super::download_link::DownloadLink;
use super::email::EmailAddress;
use super::field_errors::FieldErrors;
use super::form_draft::{FormDraft, FormField};
use super::host::Host;
use super::media_encryption::MediaEncryption;
use super::phone_number::PhoneNumber;
use super::sms_text::Template;
use super::text::OneLine;
use super::transport::Transport;
use super::unknown::{UnknownField, UnknownWord};
use super::whole_number::whole_number;

/// The longest name, in characters.
pub const NAME_MAX: usize = 100;

/// The Installation SMS of a new profile: one part with the example values.
pub const INSTALLATION_TEXT: &str = "Hello {owner}, install the app for your secure phone on this device: {link}";

/// The Activation SMS of a new profile: one part with the example values.
pub const ACTIVATION_TEXT: &str = "Hello {owner}, activate your secure phone within {hours} hours: {link}";

/// A field, in the order of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileField {
    /// Mandatory and unique.
    Name,
    /// Whom users call for help.
    SupportPhone,
    /// Where users write for help.
    SupportEmail,
    /// The SIP server, without its port.
    SipHost,
    /// Empty is the usual port of the transport.
    SipPort,
    /// UDP, TCP or TLS.
    Transport,
    /// After how many seconds a phone's registration lapses.
    Expires,
    /// Whether there are calls without encryption.
    MediaEncryption,
    /// The client for Android.
    AndroidLink,
    /// The client for iOS.
    IosLink,
    /// The client for what is neither.
    OtherLink,
    /// For how many hours an activation link can be used.
    LinkHours,
    /// The Installation SMS.
    InstallationText,
    /// The Activation SMS.
    ActivationText,
}

/// The profile form's content. On the wire a missing field is an empty one, and an unknown field is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default = "ProfileDraft::empty")]
pub struct ProfileDraft {
    pub name: String,
    pub support_phone: String,
    pub support_email: String,
    pub sip_host: String,
    pub sip_port: String,
    pub transport: Option<Transport>,
    pub expires: String,
    pub media_encryption: Option<MediaEncryption>,
    pub android_link: String,
    pub ios_link: String,
    pub other_link: String,
    pub link_hours: String,
    pub installation_text: String,
    pub activation_text: String,
}

/// A profile that keeps every rule which can be judged without the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileData {
    pub name: String,
    pub support_phone: Option<PhoneNumber>,
    pub support_email: Option<EmailAddress>,
    pub sip_host: Host,
    pub sip_port: u16,
    pub transport: Transport,
    /// In seconds.
    pub expires: u32,
    pub media_encryption: MediaEncryption,
    pub android_link: Option<DownloadLink>,
    pub ios_link: Option<DownloadLink>,
    pub other_link: Option<DownloadLink>,
    pub link_hours: u16,
    pub installation_text: Template,
    pub activation_text: Template,
}

impl ProfileField {
    /// Every field, in the order of the form.
    pub const ALL: [Self; 14] = [
        Self::Name,
        Self::SupportPhone,
        Self::SupportEmail,
        Self::SipHost,
        Self::SipPort,
        Self::Transport,
        Self::Expires,
        Self::MediaEncryption,
        Self::AndroidLink,
        Self::IosLink,
        Self::OtherLink,
        Self::LinkHours,
        Self::InstallationText,
        Self::ActivationText,
    ];

    /// What stands above the field.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::SupportPhone => "Customer service phone",
            Self::SupportEmail => "Customer service e-mail",
            Self::SipHost => "SIP server address",
            Self::SipPort => "Port",
            Self::Transport => "Transport",
            Self::Expires => "Registration expiry (seconds)",
            Self::MediaEncryption => "Media encryption",
            Self::AndroidLink => "Client for Android",
            Self::IosLink => "Client for iOS",
            Self::OtherLink => "Client for other systems",
            Self::LinkHours => "Link lifetime (hours)",
            Self::InstallationText => "Installation SMS",
            Self::ActivationText => "Activation SMS",
        }
    }

    /// The name under which an HTML form posts the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::SupportPhone => "support_phone",
            Self::SupportEmail => "support_email",
            Self::SipHost => "sip_host",
            Self::SipPort => "sip_port",
            Self::Transport => "transport",
            Self::Expires => "expires",
            Self::MediaEncryption => "media_encryption",
            Self::AndroidLink => "android_link",
            Self::IosLink => "ios_link",
            Self::OtherLink => "other_link",
            Self::LinkHours => "link_hours",
            Self::InstallationText => "installation_text",
            Self::ActivationText => "activation_text",
        }
    }
}

impl FromStr for ProfileField {
    type Err = UnknownWord;

    /// By [`ProfileField::name`].
    fn from_str(name: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(name, &Self::ALL, Self::name)
    }
}

/// The form as it opens for a new profile: safe choices, and nothing that only its makers can know.
impl Default for ProfileDraft {
    fn default() -> Self {
        Self {
            transport: Some(Transport::default()),
            expires: "3600".to_owned(),
            media_encryption: Some(MediaEncryption::default()),
            link_hours: "72".to_owned(),
            installation_text: INSTALLATION_TEXT.to_owned(),
            activation_text: ACTIVATION_TEXT.to_owned(),
            ..Self::empty()
        }
    }
}

impl FormField for ProfileField {
    fn name(self) -> &'static str {
        self.name()
    }

    fn label(self) -> &'static str {
        self.label()
    }
}

impl FormDraft for ProfileDraft {
    type Field = ProfileField;

    fn get(&self, field: ProfileField) -> &str {
        self.get(field)
    }

    fn set(&mut self, field: ProfileField, text: &str) -> Result<(), UnknownWord> {
        self.set(field, text)
    }
}

impl ProfileDraft {
    /// A form in which nothing is typed and nothing chosen.
    fn empty() -> Self {
        Self {
            name: String::new(),
            support_phone: String::new(),
            support_email: String::new(),
            sip_host: String::new(),
            sip_port: String::new(),
            transport: None,
            expires: String::new(),
            media_encryption: None,
            android_link: String::new(),
            ios_link: String::new(),
            other_link: String::new(),
            link_hours: String::new(),
            installation_text: String::new(),
            activation_text: String::new(),
        }
    }

    /// Reads the pairs of a posted form; what is absent is empty.
    ///
    /// # Errors
    /// For a field, or a choice, that the form does not have.
    pub fn from_form(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, UnknownField> {
        Self::empty().filled(pairs)
    }

    /// A field as an HTML form posts it; an absent choice is empty.
    #[must_use]
    pub fn get(&self, field: ProfileField) -> &str {
        match field {
            ProfileField::Name => &self.name,
            ProfileField::SupportPhone => &self.support_phone,
            ProfileField::SupportEmail => &self.support_email,
            ProfileField::SipHost => &self.sip_host,
            ProfileField::SipPort => &self.sip_port,
            ProfileField::Transport => self.transport.map_or("", Transport::as_str),
            ProfileField::Expires => &self.expires,
            ProfileField::MediaEncryption => self.media_encryption.map_or("", MediaEncryption::as_str),
            ProfileField::AndroidLink => &self.android_link,
            ProfileField::IosLink => &self.ios_link,
            ProfileField::OtherLink => &self.other_link,
            ProfileField::LinkHours => &self.link_hours,
            ProfileField::InstallationText => &self.installation_text,
            ProfileField::ActivationText => &self.activation_text,
        }
    }

    /// Sets a field from its posted form; the inverse of [`ProfileDraft::get`].
    ///
    /// # Errors
    /// For a choice that the field does not offer.
    pub fn set(&mut self, field: ProfileField, text: &str) -> Result<(), UnknownWord> {
        let owned = || text.to_owned();
        let is_chosen = !text.is_empty();
        match field {
            ProfileField::Name => self.name = owned(),
            ProfileField::SupportPhone => self.support_phone = owned(),
            ProfileField::SupportEmail => self.support_email = owned(),
            ProfileField::SipHost => self.sip_host = owned(),
            ProfileField::SipPort => self.sip_port = owned(),
            ProfileField::Transport => self.transport = is_chosen.then(|| text.parse()).transpose()?,
            ProfileField::Expires => self.expires = owned(),
            ProfileField::MediaEncryption => self.media_encryption = is_chosen.then(|| text.parse()).transpose()?,
            ProfileField::AndroidLink => self.android_link = owned(),
            ProfileField::IosLink => self.ios_link = owned(),
            ProfileField::OtherLink => self.other_link = owned(),
            ProfileField::LinkHours => self.link_hours = owned(),
            ProfileField::InstallationText => self.installation_text = owned(),
            ProfileField::ActivationText => self.activation_text = owned(),
        }
        Ok(())
    }

    /// Checks every field. The database sees to it that the name is unique.
    ///
    /// # Errors
    /// A message for each wrong field.
    pub fn check(&self) -> Result<ProfileData, FieldErrors<ProfileField>> {
        let mut errors = FieldErrors::default();
        self.checked(&mut errors).ok_or(errors)
    }

    /// The profile, or `None` and what is wrong. Every field is looked at before the first `None` counts.
    fn checked(&self, errors: &mut FieldErrors<ProfileField>) -> Option<ProfileData> {
        let name = OneLine::parse(&self.name, NAME_MAX).map_err(|error| error.to_string());
        let name = errors.take(ProfileField::Name, name.and_then(|name| name.ok_or("Enter a name for the profile.".to_owned())));
        let support_phone = errors.take(ProfileField::SupportPhone, optional(&self.support_phone, PhoneNumber::parse));
        let support_email = errors.take(ProfileField::SupportEmail, optional(&self.support_email, EmailAddress::parse));
        let sip_host = errors.take(ProfileField::SipHost, Host::parse(&self.sip_host));
        let sip_port = errors.take(ProfileField::SipPort, optional(&self.sip_port, |text| whole_number(text, 1..=u16::MAX)));
        let transport = errors.take(ProfileField::Transport, self.transport.ok_or("Choose UDP, TCP or TLS."));
        let expires = errors.take(ProfileField::Expires, whole_number(&self.expires, 60..=86_400));
        let media_encryption =
            errors.take(ProfileField::MediaEncryption, self.media_encryption.ok_or("Choose whether encryption is enforced or preferred."));
        let android_link = errors.take(ProfileField::AndroidLink, optional(&self.android_link, DownloadLink::parse));
        let ios_link = errors.take(ProfileField::IosLink, optional(&self.ios_link, DownloadLink::parse));
        let other_link = errors.take(ProfileField::OtherLink, optional(&self.other_link, DownloadLink::parse));
        let link_hours = errors.take(ProfileField::LinkHours, whole_number(&self.link_hours, 1..=720));
        let installation_text = errors.take(ProfileField::InstallationText, Template::parse(&self.installation_text, true));
        let activation_text = errors.take(ProfileField::ActivationText, Template::parse(&self.activation_text, true));
        let transport = transport?;
        Some(ProfileData {
            name: name?,
            support_phone: support_phone?,
            support_email: support_email?,
            sip_host: sip_host?,
            sip_port: sip_port?.unwrap_or(transport.default_port()),
            transport,
            expires: expires?,
            media_encryption: media_encryption?,
            android_link: android_link?,
            ios_link: ios_link?,
            other_link: other_link?,
            link_hours: link_hours?,
            installation_text: installation_text?,
            activation_text: activation_text?,
        })
    }
}

impl ProfileData {
    /// The form as it opens for this profile. The usual port of the transport stays empty, so that it follows when another
    /// transport is chosen.
    #[must_use]
    pub fn to_draft(&self) -> ProfileDraft {
        let is_usual_port = self.sip_port == self.transport.default_port();
        let link = |link: &Option<DownloadLink>| link.as_ref().map(DownloadLink::to_string).unwrap_or_default();
        ProfileDraft {
            name: self.name.clone(),
            support_phone: self.support_phone.as_ref().map(PhoneNumber::to_string).unwrap_or_default(),
            support_email: self.support_email.as_ref().map(EmailAddress::to_string).unwrap_or_default(),
            sip_host: self.sip_host.to_string(),
            sip_port: if is_usual_port { String::new() } else { self.sip_port.to_string() },
            transport: Some(self.transport),
            expires: self.expires.to_string(),
            media_encryption: Some(self.media_encryption),
            android_link: link(&self.android_link),
            ios_link: link(&self.ios_link),
            other_link: link(&self.other_link),
            link_hours: self.link_hours.to_string(),
            installation_text: self.installation_text.as_str().to_owned(),
            activation_text: self.activation_text.as_str().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sms_text::{Coding, SmsSize, Values};
    use super::*;

    fn shortest() -> ProfileDraft {
        ProfileDraft { name: "Cantieri".to_owned(), sip_host: "sip.example.com".to_owned(), ..ProfileDraft::default() }
    }

    fn from_form(pairs: &[(&str, &str)]) -> Result<ProfileDraft, UnknownField> {
        ProfileDraft::from_form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_new_profile_needs_no_more_than_a_name_and_a_server() {
        let data = shortest().check().unwrap();
        assert_eq!((data.name.as_str(), data.sip_host.as_str(), data.sip_port), ("Cantieri", "sip.example.com", 5061));
        assert_eq!((data.transport, data.media_encryption), (Transport::Tls, MediaEncryption::Enforced));
        assert_eq!((data.expires, data.link_hours), (3_600, 72));
        assert_eq!((data.support_phone, data.support_email, data.android_link), (None, None, None));
        let errors = ProfileDraft::default().check().unwrap_err();
        assert_eq!(
            errors.iter().collect::<Vec<_>>(),
            [
                (ProfileField::Name, "Enter a name for the profile."),
                (ProfileField::SipHost, "Enter a host name such as sip.example.com, or an IP address."),
            ]
        );
    }

    #[test]
    fn the_texts_of_a_new_profile_are_short() {
        for (text, sms) in [
            (INSTALLATION_TEXT, "Hello Luca Ferri, install the app for your secure phone on this device: "),
            (ACTIVATION_TEXT, "Hello Luca Ferri, activate your secure phone within 72 hours: "),
        ] {
            let template = Template::parse(text, true).unwrap();
            let example = template.render(&Values::EXAMPLE);
            assert_eq!(example, [sms, Values::EXAMPLE.link].concat());
            let size = SmsSize::of(&example);
            assert_eq!((size.coding, size.parts), (Coding::Gsm7, 1));
            assert!(template.render(&Values { owner: "", ..Values::EXAMPLE }).starts_with("Hello, "));
        }
    }

    #[test]
    fn the_port_follows_the_transport_unless_it_is_given() {
        for (transport, typed, port, shown) in [
            (Transport::Tls, "", 5061, ""),
            (Transport::Udp, " ", 5060, ""),
            (Transport::Tcp, "5060", 5060, ""),
            (Transport::Tcp, "5061", 5061, "5061"),
            (Transport::Tls, " 443 ", 443, "443"),
        ] {
            let data = ProfileDraft { transport: Some(transport), sip_port: typed.to_owned(), ..shortest() }.check().unwrap();
            assert_eq!((data.sip_port, data.to_draft().sip_port.as_str()), (port, shown), "{transport:?} {typed:?}");
        }
    }

    #[test]
    fn all_errors_are_collected() {
        let draft = from_form(&[
            ("name", "a\nb"),
            ("support_phone", "call us"),
            ("support_email", "help"),
            ("sip_host", "sip.example.com:5061"),
            ("sip_port", "0"),
            ("transport", ""),
            ("expires", "59"),
            ("android_link", "http://example.com/app.apk"),
            ("ios_link", "https://"),
            ("other_link", "example.com"),
            ("link_hours", "721"),
            ("installation_text", "Install the app."),
        ]);
        let errors = draft.unwrap().check().unwrap_err();
        assert_eq!(
            errors.iter().collect::<Vec<_>>(),
            [
                (ProfileField::Name, "A line break cannot be used here. Write everything on one line."),
                (
                    ProfileField::SupportPhone,
                    "“c” does not belong in a phone number. Use the digits 0 to 9, with + in front of an international number."
                ),
                (ProfileField::SupportEmail, "Write the address as name@example.com."),
                (ProfileField::SipHost, "The port has a field of its own. Leave “:5061” out here."),
                (ProfileField::SipPort, "Use a whole number from 1 to 65535."),
                (ProfileField::Transport, "Choose UDP, TCP or TLS."),
                (ProfileField::Expires, "Use a whole number from 60 to 86400."),
                (ProfileField::MediaEncryption, "Choose whether encryption is enforced or preferred."),
                (ProfileField::AndroidLink, "What comes over http:// can be replaced on its way to the phone. Use an https:// link."),
                (ProfileField::IosLink, "There is no valid host name after https://. Write the link as https://example.com/app."),
                (ProfileField::OtherLink, "Write the whole link, with https:// in front."),
                (ProfileField::LinkHours, "Use a whole number from 1 to 720."),
                (ProfileField::InstallationText, "Without a link this SMS leads nowhere. Write {link} where the link belongs."),
                (ProfileField::ActivationText, "Enter the text of the SMS."),
            ]
        );
    }

    #[test]
    fn a_field_or_a_choice_that_the_form_does_not_have_is_refused() {
        assert_eq!(from_form(&[("id", "1")]), Err(UnknownField("id".to_owned())));
        assert_eq!(from_form(&[("transport", "SCTP")]), Err(UnknownField("transport=SCTP".to_owned())));
    }

    #[test]
    fn names_lead_back_and_are_the_wire_form() {
        assert!(ProfileField::ALL.is_sorted());
        let wire = serde_json::to_value(ProfileDraft::default()).unwrap();
        assert_eq!(wire.as_object().unwrap().len(), ProfileField::ALL.len());
        for field in ProfileField::ALL {
            assert_eq!(field.name().parse(), Ok(field));
            assert_eq!(serde_json::to_string(&field).unwrap(), format!("\"{}\"", field.name()));
            assert!(wire.get(field.name()).is_some(), "{field:?}");
        }
    }

    #[test]
    fn every_field_is_set_and_got_alike() {
        let mut draft = ProfileDraft::empty();
        for field in ProfileField::ALL {
            let text = match field {
                ProfileField::Transport => "UDP",
                ProfileField::MediaEncryption => "preferred",
                _ => field.name(),
            };
            assert_eq!(draft.set(field, text), Ok(()));
            assert_eq!(draft.get(field), text);
        }
        assert!(draft.set(ProfileField::MediaEncryption, "off").is_err());
    }

    #[test]
    fn on_the_wire_missing_is_empty_and_unknown_is_an_error() {
        let draft: ProfileDraft = serde_json::from_str(r#"{"transport":"TCP","name":"x"}"#).unwrap();
        assert_eq!(draft, ProfileDraft { transport: Some(Transport::Tcp), name: "x".to_owned(), ..ProfileDraft::empty() });
        assert!(serde_json::from_str::<ProfileDraft>(r#"{"is_default":true}"#).is_err());
        let full = shortest();
        assert_eq!(serde_json::from_str::<ProfileDraft>(&serde_json::to_string(&full).unwrap()).unwrap(), full);
    }

    prop_compose! {
        /// What people type when they do it right, with blanks and capitals where they do no harm.
        fn typed_well()(
            name in " ?[A-Za-zà-ü][A-Za-zà-ü 0-9]{0,40}",
            (support_phone, support_email) in (" ?|\\+39 [0-9]{6,12}|[1-9][0-9]{1,14}", "|[a-z.]{1,9}@[a-z]{1,9}\\.example ?"),
            sip_host in "[A-Za-z]{1,9}(\\.[a-z]{1,9}){0,3}|192\\.0\\.2\\.[1-9]|2001:DB8::[1-9a-f]{1,4}|\\[2001:DB8::[1-9a-f]{1,4}\\]",
            sip_port in prop_oneof![Just(String::new()), (1..=u16::MAX).prop_map(|port| port.to_string())],
            transport in prop::sample::select(Transport::ALL.to_vec()),
            expires in 60..=86_400_u32,
            media_encryption in prop::sample::select(MediaEncryption::ALL.to_vec()),
            (android_link, ios_link, other_link) in {
                let link = "|(https|HTTPS)://[A-Za-z]{1,9}\\.example(:8[0-9]{1,3})?(/[a-z0-9%?=&-]{0,20})?";
                (link, link, link)
            },
            link_hours in 1..=720_u16,
            texts in prop::array::uniform2("[a-zà\r\n .]{0,40}\\{link\\}([A-Z ]|\\{owner\\}|\\{hours\\}|\\{\\{|\\}\\}){0,20}"),
        ) -> ProfileDraft {
            let [installation_text, activation_text] = texts;
            ProfileDraft {
                name, support_phone, support_email, sip_host, sip_port, transport: Some(transport), expires: expires.to_string(),
                media_encryption: Some(media_encryption), android_link, ios_link, other_link, link_hours: link_hours.to_string(),
                installation_text, activation_text,
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_saved_opens_and_saves_again_unchanged(draft in typed_well()) {
            let data = draft.check();
            prop_assert!(data.is_ok(), "{:?}", data);
            let data = data.unwrap();
            prop_assert_eq!(data.to_draft().check(), Ok(data));
        }

        #[test]
        fn whatever_is_typed_is_saved_or_told(
            texts in prop::collection::vec("\\PC{0,12}|[\0-\u{7f}]{0,12}", ProfileField::ALL.len()),
            kept in prop::collection::vec(any::<bool>(), ProfileField::ALL.len()),
        ) {
            let mut draft = shortest();
            for ((field, text), kept) in ProfileField::ALL.into_iter().zip(&texts).zip(kept) {
                if !kept {
                    // An unknown choice is refused before any rule.
                    let _ = draft.set(field, text);
                }
            }
            match draft.check() {
                Ok(data) => prop_assert_eq!(data.to_draft().check(), Ok(data)),
                Err(errors) => prop_assert!(!errors.is_empty()),
            }
        }
    }
}
