//! What the public pages say, in each language. `{number}` and the like are filled in by [`super::frame::sentence`].

use time::{Month, OffsetDateTime};

use crate::domain::language::Language;
use crate::domain::phone_system::PhoneSystem;

/// The sentences of one language.
pub struct Words {
    pub hello: &'static str,
    pub somebody: &'static str,

    pub install_title: &'static str,
    pub install_lead: &'static str,
    pub install_button: &'static str,
    pub install_missing: &'static str,
    pub other_system: &'static str,
    pub installed_question: &'static str,
    pub installed_button: &'static str,
    pub installed_title: &'static str,
    pub installed_next: &'static str,

    pub activate_title: &'static str,
    pub activate_lead: &'static str,
    pub activate_first: &'static str,
    pub activate_missing: &'static str,
    pub activate_second: &'static str,
    pub activate_button: &'static str,
    pub activate_until: &'static str,

    pub open_title: &'static str,
    pub open_lead: &'static str,
    pub open_button: &'static str,
    pub open_until: &'static str,
    pub qr_summary: &'static str,
    pub qr_label: &'static str,
    pub qr_help: &'static str,
    pub manual_summary: &'static str,
    pub manual_lead: &'static str,
    pub manual_button: &'static str,
    pub manual_title: &'static str,
    pub manual_once: &'static str,
    pub manual_fields: [&'static str; 7],
    pub encryption: [&'static str; 2],
    pub preferred: &'static str,
    pub obfuscation: &'static str,

    pub browser_title: &'static str,
    pub browser_lead: &'static str,

    /// Its state, in a word.
    pub used: &'static str,
    pub used_title: &'static str,
    pub used_lead: &'static str,
    pub used_help: [(&'static str, &'static str); 3],
    pub expired: &'static str,
    pub expired_title: &'static str,
    pub expired_lead: &'static str,
    pub replaced: &'static str,
    pub replaced_title: &'static str,
    pub replaced_lead: &'static str,
    pub busy: &'static str,
    pub busy_title: &'static str,
    pub busy_lead: &'static str,
    pub unknown: &'static str,
    pub unknown_title: &'static str,
    pub unknown_lead: &'static str,
    pub too_many: &'static str,
    pub too_many_title: &'static str,
    pub too_many_lead: &'static str,
    pub failed: &'static str,
    pub failed_title: &'static str,
    pub failed_lead: &'static str,
    pub failed_number: &'static str,
    pub ask_new: &'static str,

    pub contact: &'static str,
    pub call: &'static str,
    pub write: &'static str,
    pub sent_by: &'static str,
    pub not_expected: &'static str,
}

const ENGLISH: Words = Words {
    hello: "Hello {owner}.",
    somebody: "your service manager",
    install_title: "Install the app",
    install_lead: "Your number {number} gets a secure phone app. Install it on the phone that you want to call with.",
    install_button: "Install the app",
    install_missing: "There is no download for this system. Open this link on the phone, or ask your service manager.",
    other_system: "The app for another system",
    installed_question: "Is the app on your phone already?",
    installed_button: "I have installed it",
    installed_title: "Thank you",
    installed_next: "Your service manager will now send you an Activation SMS. It sets the app up for your number {number}. You can close this page.",
    activate_title: "Activate your secure phone",
    activate_lead: "This sets up the phone app for your number {number}.",
    activate_first: "Have the app installed on this phone.",
    activate_missing: "Not yet? Install it first",
    activate_second: "Press the button. The next page opens the app, which sets itself up.",
    activate_button: "Activate this phone",
    activate_until: "The link works once, until {time}. A phone that used this number before will be signed out.",
    open_title: "Open the app now",
    open_lead: "The settings for your number {number} are ready.",
    open_button: "Open in Linphone",
    open_until: "Works once and for ten minutes, until {time}.",
    qr_summary: "Activate another phone with a QR code",
    qr_label: "QR code for the app",
    qr_help: "In the app, choose “Scan QR code” and point it here. The camera of the phone alone cannot use this code.",
    manual_summary: "The app does not open",
    manual_lead: "Set it up by hand instead: the next page shows a password, once. After that the button and the QR code above no longer work.",
    manual_button: "Set it up by hand",
    manual_title: "Set the app up by hand",
    manual_once: "Type this into the app now: the password is not shown again.",
    manual_fields: ["Username", "Password", "SIP domain", "Server", "Port", "Transport", "Encryption"],
    encryption: ["SRTP (SDES)", "ZRTP"],
    preferred: "where possible",
    obfuscation: "Obfuscation key",
    browser_title: "This code is for the app",
    browser_lead: "Open the app, choose “Scan QR code” and scan it there. Opening it in a browser has changed nothing.",
    used: "Already used",
    used_title: "This link has already been used",
    used_lead: "A phone was activated with it on {time}. For your safety each link works only once.",
    used_help: [
        ("It was you?", "Open the app: you are ready to call."),
        ("The app is not set up?", "Ask your service manager for a new Activation SMS."),
        ("It was not you?", "Tell your service manager now, so that the account can be disabled."),
    ],
    expired: "Expired",
    expired_title: "This link has expired",
    expired_lead: "It worked until {time}.",
    replaced: "Replaced",
    replaced_title: "This link no longer works",
    replaced_lead: "A newer SMS was sent, or your service manager has withdrawn this one. Look for the newest SMS and open its link.",
    busy: "In use",
    busy_title: "This link is open on another phone",
    busy_lead: "Its button was pressed a moment ago on another phone or in another browser. Finish there, or try again after {time}.",
    unknown: "Unknown link",
    unknown_title: "There is no such link",
    unknown_lead: "Perhaps a part of it is missing. Open the link from the SMS itself, without copying it.",
    too_many: "Please wait",
    too_many_title: "Too many tries",
    too_many_lead: "Too many links that do not exist were opened from your network. Wait a minute and open yours again.",
    failed: "Not available",
    failed_title: "Please try again soon",
    failed_lead: "The service cannot answer at the moment. Open the link again in a few minutes.",
    failed_number: "If it stays like this, tell your service manager the number {id}.",
    ask_new: "Ask your service manager for a new SMS.",
    contact: "Questions?",
    call: "Call {phone}",
    write: "Write to {email}",
    sent_by: "Sent by {company}",
    not_expected: "Not expecting this? Ignore it: nothing happens until a button is pressed.",
};

const ITALIAN: Words = Words {
    hello: "Buongiorno {owner}.",
    somebody: "chi gestisce il servizio",
    install_title: "Installa l’app",
    install_lead: "Per il tuo numero {number} c’è un’app per telefonare in modo sicuro. Installala sul telefono che userai per chiamare.",
    install_button: "Installa l’app",
    install_missing: "Per questo sistema non c’è un’app da scaricare. Apri questo link sul telefono, o chiedi a chi gestisce il servizio.",
    other_system: "L’app per un altro sistema",
    installed_question: "L’app è già sul tuo telefono?",
    installed_button: "L’ho installata",
    installed_title: "Grazie",
    installed_next: "Chi gestisce il servizio ora ti manderà un SMS di attivazione, che configura l’app per il tuo numero {number}. Puoi chiudere questa pagina.",
    activate_title: "Attiva il tuo telefono sicuro",
    activate_lead: "Questa pagina configura l’app per il tuo numero {number}.",
    activate_first: "L’app deve essere installata su questo telefono.",
    activate_missing: "Non ancora? Installala",
    activate_second: "Premi il pulsante. La pagina seguente apre l’app, che si configura da sola.",
    activate_button: "Attiva questo telefono",
    activate_until: "Il link funziona una volta sola, fino al {time}. Un telefono che usava già questo numero verrà scollegato.",
    open_title: "Ora apri l’app",
    open_lead: "Le impostazioni per il tuo numero {number} sono pronte.",
    open_button: "Apri in Linphone",
    open_until: "Funziona una volta sola e per dieci minuti, fino al {time}.",
    qr_summary: "Attiva un altro telefono con un codice QR",
    qr_label: "Codice QR per l’app",
    qr_help: "Nell’app scegli “Scansiona codice QR” e inquadra questo. La sola fotocamera del telefono non può usarlo.",
    manual_summary: "L’app non si apre",
    manual_lead: "Configurala invece a mano: la pagina seguente mostra una password, una volta sola. Dopo, il pulsante e il codice QR qui sopra non funzionano più.",
    manual_button: "Configura a mano",
    manual_title: "Configura l’app a mano",
    manual_once: "Scrivi subito questi dati nell’app: la password non verrà più mostrata.",
    manual_fields: ["Nome utente", "Password", "Dominio SIP", "Server", "Porta", "Trasporto", "Cifratura"],
    encryption: ["SRTP (SDES)", "ZRTP"],
    preferred: "se possibile",
    obfuscation: "Chiave di offuscamento",
    browser_title: "Questo codice è per l’app",
    browser_lead: "Apri l’app, scegli “Scansiona codice QR” e inquadralo da lì. Averlo aperto nel browser non ha cambiato nulla.",
    used: "Già usato",
    used_title: "Questo link è già stato usato",
    used_lead: "Un telefono è stato attivato con questo link il {time}. Per la tua sicurezza ogni link funziona una volta sola.",
    used_help: [
        ("Sei stato tu?", "Apri l’app: puoi già telefonare."),
        ("L’app non è configurata?", "Chiedi un nuovo SMS di attivazione a chi gestisce il servizio."),
        ("Non sei stato tu?", "Avvisa subito chi gestisce il servizio, perché possa disattivare l’utenza."),
    ],
    expired: "Scaduto",
    expired_title: "Questo link è scaduto",
    expired_lead: "Funzionava fino al {time}.",
    replaced: "Sostituito",
    replaced_title: "Questo link non funziona più",
    replaced_lead: "È stato inviato un SMS più recente, o chi gestisce il servizio ha ritirato questo. Cerca l’ultimo SMS e apri il suo link.",
    busy: "In uso",
    busy_title: "Questo link è aperto su un altro telefono",
    busy_lead: "Il pulsante è stato premuto poco fa su un altro telefono o in un altro browser. Continua lì, oppure riprova dopo il {time}.",
    unknown: "Link sconosciuto",
    unknown_title: "Questo link non esiste",
    unknown_lead: "Forse ne manca una parte. Apri il link direttamente dall’SMS, senza copiarlo.",
    too_many: "Attendi",
    too_many_title: "Troppi tentativi",
    too_many_lead: "Dalla tua rete sono stati aperti troppi link inesistenti. Aspetta un minuto e riapri il tuo.",
    failed: "Non disponibile",
    failed_title: "Riprova tra poco",
    failed_lead: "In questo momento il servizio non risponde. Riapri il link tra qualche minuto.",
    failed_number: "Se il problema resta, comunica a chi gestisce il servizio il numero {id}.",
    ask_new: "Chiedi un nuovo SMS a chi gestisce il servizio.",
    contact: "Domande?",
    call: "Chiama {phone}",
    write: "Scrivi a {email}",
    sent_by: "Inviato da {company}",
    not_expected: "Non te lo aspettavi? Ignoralo: non succede nulla finché non si preme un pulsante.",
};

impl Words {
    /// The sentences of a language.
    #[must_use]
    pub const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Italian => &ITALIAN,
        }
    }
}

/// A time as people write it, in UTC: a plain page does not know the reader's zone.
#[must_use]
pub fn written_time(language: Language, at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (day, year, hour, minute) = (at.day(), at.year(), at.hour(), at.minute());
    let at_time = match language {
        Language::English => ",",
        Language::Italian => " alle",
    };
    format!("{day} {} {year}{at_time} {hour:02}:{minute:02} UTC", month(language, at.month()))
}

/// How a system is called, in both languages.
#[must_use]
pub const fn system_name(system: PhoneSystem) -> &'static str {
    match system {
        PhoneSystem::Android => "Android",
        PhoneSystem::Ios => "iPhone, iPad",
        PhoneSystem::Other => "Computer",
    }
}

fn month(language: Language, month: Month) -> String {
    const ITALIAN: [&str; 12] =
        ["gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"];
    match language {
        Language::English => month.to_string(),
        Language::Italian => ITALIAN.get(usize::from(u8::from(month)) - 1).copied().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_out() {
        let at = OffsetDateTime::from_unix_timestamp(1_795_647_300).unwrap();
        assert_eq!(written_time(Language::English, at), "25 November 2026, 22:55 UTC");
        assert_eq!(written_time(Language::Italian, at), "25 novembre 2026 alle 22:55 UTC");
    }
}
