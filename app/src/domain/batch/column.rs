//! The columns of a batch, and the names that people give them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::export::ExportColumn;
use crate::domain::fold::fold;
use crate::domain::unknown::UnknownWord;

/// A column of a batch (manual, "batch users csv").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BatchColumn {
    FullName,
    GsmNumber,
    Email,
    SecurityModel,
    Description,
}

/// What a name in the first row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The manual's own name.
    Exactly(BatchColumn),
    /// A name that people use for it; somebody has to confirm it.
    Perhaps(BatchColumn),
}

/// Other names, folded and without blanks and signs: English, Italian, German, French, Spanish,
/// Portuguese. Each stands once.
const OTHER_NAMES: [(BatchColumn, &str); 5] = [
    (
        BatchColumn::FullName,
        "name fullname owner user displayname contact contactname person employee \
         nome nominativo nomecompleto nomeecognome cognomeenome nomecognome cognomenome proprietario intestatario utente dipendente \
         vollername vorundnachname besitzer inhaber benutzer mitarbeiter \
         nom nomcomplet nometprenom proprietaire titulaire utilisateur \
         nombre nombrecompleto nombreyapellidos propietario titular usuario",
    ),
    (
        BatchColumn::GsmNumber,
        "gsm gsmno gsmnumber number phone phoneno phonenumber mobile mobileno mobilenumber mobilephone cell cellphone cellnumber cellular tel \
         telno telephone telephonenumber msisdn extension ext virtualphonenumber \
         numero numeroditelefono numerotelefono telefono telefonino cellulare numerocellulare numerodicellulare interno \
         nummer telefon telefonnummer rufnummer handy handynummer mobil mobilnummer mobiltelefon durchwahl gsmnummer \
         numerodetelephone numerotelephone portable telephoneportable \
         movil numerodetelefono telefonomovil celular numerodemovil \
         telefone telemovel numerodetelemovel numerodetelefone",
    ),
    (
        BatchColumn::Email,
        "email mail emailaddress mailaddress emails \
         indirizzoemail indirizzomail posta postaelettronica \
         emailadresse mailadresse \
         courriel adresseemail adressemail \
         correo correoelectronico direccionemail \
         enderecodeemail",
    ),
    (
        BatchColumn::SecurityModel,
        "securitymodel security model encryption \
         sicurezza modellodisicurezza modellosicurezza cifratura \
         sicherheit sicherheitsmodell verschlusselung \
         securite modeledesecurite chiffrement \
         seguridad modelodeseguridad cifrado \
         seguranca modelodeseguranca",
    ),
    (
        BatchColumn::Description,
        "description desc note notes comment comments remark remarks \
         descrizione commento commenti annotazioni \
         beschreibung bemerkung bemerkungen notiz notizen kommentar \
         remarque remarques commentaire commentaires \
         descripcion nota notas comentario comentarios observaciones \
         descricao observacoes",
    ),
];

impl BatchColumn {
    /// Every column, in the manual's order.
    pub const ALL: [Self; 5] = [Self::FullName, Self::GsmNumber, Self::Email, Self::SecurityModel, Self::Description];

    /// The name in the file's first line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.exported().as_str()
    }

    /// What it holds, in the words of the screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.exported().label()
    }

    /// Whether an account cannot be without it.
    #[must_use]
    pub const fn is_required(self) -> bool {
        matches!(self, Self::GsmNumber)
    }

    /// The column that the list's CSV export has for it.
    #[must_use]
    pub const fn exported(self) -> ExportColumn {
        match self {
            Self::FullName => ExportColumn::FullName,
            Self::GsmNumber => ExportColumn::GsmNumber,
            Self::Email => ExportColumn::Email,
            Self::SecurityModel => ExportColumn::SecurityModel,
            Self::Description => ExportColumn::Description,
        }
    }

    /// What a name in the first row stands for, whatever its case and the blanks around it.
    #[must_use]
    pub fn named(name: &str) -> Option<Named> {
        let plain = plain(name);
        if let Some(column) = Self::ALL.into_iter().find(|column| column.as_str().eq_ignore_ascii_case(plain)) {
            return Some(Named::Exactly(column));
        }
        let folded: String = fold(plain).chars().filter(|character| character.is_alphanumeric()).collect();
        let has = |names: &str| names.split_ascii_whitespace().any(|other| other == folded);
        OTHER_NAMES.into_iter().find(|(_, names)| has(names)).map(|(column, _)| Named::Perhaps(column))
    }
}

/// A name without what cannot be seen around it: blanks of any kind, and stray byte order marks.
#[must_use]
pub fn plain(name: &str) -> &str {
    name.trim_matches(|character: char| character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}'))
}

impl FromStr for BatchColumn {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manuals_names_in_any_case_with_stray_blanks() {
        for name in ["gsmNumber", "GSMNUMBER", " gsmnumber\u{a0}", "\u{feff}GsmNumber\t"] {
            assert_eq!(BatchColumn::named(name), Some(Named::Exactly(BatchColumn::GsmNumber)), "{name:?}");
        }
    }

    #[test]
    fn other_names_are_perhaps_meant() {
        for (name, column) in [
            ("name", BatchColumn::FullName),
            ("Full Name", BatchColumn::FullName),
            ("Owner", BatchColumn::FullName),
            ("NOME", BatchColumn::FullName),
            ("Nom et prénom", BatchColumn::FullName),
            ("phone", BatchColumn::GsmNumber),
            ("Mobile", BatchColumn::GsmNumber),
            ("numero", BatchColumn::GsmNumber),
            ("Número", BatchColumn::GsmNumber),
            ("cellulare", BatchColumn::GsmNumber),
            ("Telefono ", BatchColumn::GsmNumber),
            ("gsm_number", BatchColumn::GsmNumber),
            ("E-Mail", BatchColumn::Email),
            ("mail", BatchColumn::Email),
            ("Verschlüsselung", BatchColumn::SecurityModel),
            ("note", BatchColumn::Description),
            ("Description:", BatchColumn::Description),
        ] {
            assert_eq!(BatchColumn::named(name), Some(Named::Perhaps(column)), "{name:?}");
        }
        for name in ["", " ", "foo", "username", "accountType", "+39"] {
            assert_eq!(BatchColumn::named(name), None, "{name:?}");
        }
    }

    #[test]
    fn no_other_name_stands_for_two_columns() {
        let mut names: Vec<&str> = OTHER_NAMES.iter().flat_map(|(_, names)| names.split_ascii_whitespace()).collect();
        assert!(names.iter().all(|name| fold(name) == **name && name.chars().all(char::is_alphanumeric)));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn names_lead_back_and_are_those_of_the_export() {
        for column in BatchColumn::ALL {
            assert_eq!(column.as_str().parse(), Ok(column));
            assert_eq!(column.as_str().parse(), Ok(column.exported()));
            assert_eq!(serde_json::to_string(&column).unwrap(), format!("\"{}\"", column.as_str()));
        }
    }
}
