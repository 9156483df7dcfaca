//! The words that people, companies and groups are made of.

/// A country that people come from: its calling code, how its mobile numbers begin, and how many digits follow the code.
pub struct Country {
    pub code: &'static str,
    pub mobile: &'static [&'static str],
    pub digits: usize,
    pub domain: &'static str,
    pub first: &'static [&'static str],
    pub last: &'static [&'static str],
}

/// Most people are Italian, as the product's users are.
pub const COUNTRIES: [Country; 6] = [ITALY, ITALY_AGAIN, GERMANY, FRANCE, SPAIN, SWITZERLAND];

const ITALY: Country = Country {
    code: "+39",
    mobile: &["320", "328", "331", "333", "335", "338", "340", "347", "348", "349", "351", "366", "380", "388", "391", "393"],
    digits: 10,
    domain: "it",
    first: &[
        "Giulia", "Marco", "Chiara", "Luca", "Francesca", "Andrea", "Sara", "Matteo", "Elena", "Davide", "Martina", "Simone", "Valentina",
        "Alessandro", "Federica", "Lorenzo", "Paola", "Stefano", "Silvia", "Giovanni", "Alice", "Pietro", "Nicolò", "Beatrice", "Tommaso",
        "Giorgia", "Riccardo", "Ilaria", "Enrico", "Caterina", "Salvatore", "Noemi", "Gabriele", "Irene", "Emanuele", "Ludovica",
    ],
    last: &[
        "Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno", "Gallo", "Conti",
        "De Luca", "Mancini", "Costa", "Giordano", "Rizzo", "Lombardi", "Moretti", "Barbieri", "Fontana", "Santoro", "Mariani", "Rinaldi",
        "Caruso", "Ferrara", "Galli", "Martini", "Leone", "Longo", "Gentile", "Martinelli", "Vitale", "D'Angelo", "Dell'Acqua", "Cattaneo",
        "Villa", "Sala", "Brambilla", "Monti", "Parisi", "Sorrentino", "Fabbri", "Niccolò", "Farina", "Pellegrini", "Testa",
    ],
};

const ITALY_AGAIN: Country = Country { mobile: &["324", "327", "329", "334", "339", "342", "345", "346", "353", "389", "392"], ..ITALY };

const GERMANY: Country = Country {
    code: "+49",
    mobile: &["1511", "1520", "1525", "1573", "1590", "1601", "1626", "1701", "1713", "1752", "1763", "1794"],
    digits: 11,
    domain: "de",
    first: &["Anna", "Lukas", "Jürgen", "Katharina", "Björn", "Lena", "Maximilian", "Sophie", "Jonas", "Ursula", "Felix", "Heike"],
    last: &["Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Wagner", "Becker", "Schäfer", "Koch", "Bauer", "Groß", "Krüger"],
};

const FRANCE: Country = Country {
    code: "+33",
    mobile: &["60", "61", "62", "66", "67", "68", "73", "75", "76", "78"],
    digits: 9,
    domain: "fr",
    first: &["Camille", "Hugo", "Chloé", "Théo", "Manon", "Léa", "François", "Hélène", "Jean-Luc", "Anaïs", "Rémi", "Maëlle"],
    last: &["Martin", "Bernard", "Dubois", "Lefèvre", "Moreau", "Laurent", "Girard", "Mercier", "Béranger", "Garnier", "Faure", "L'Hermite"],
};

const SPAIN: Country = Country {
    code: "+34",
    mobile: &["60", "61", "62", "63", "64", "65", "66", "67", "68", "69"],
    digits: 9,
    domain: "es",
    first: &["Lucía", "Javier", "María José", "Álvaro", "Carmen", "Íñigo", "Nuria", "Sergio", "Pilar", "Rubén", "Inés", "Joaquín"],
    last: &["García", "Fernández", "López", "Martínez", "Sánchez", "Muñoz", "Ibáñez", "Romero", "Núñez", "Ortega", "Castro", "Peña"],
};

const SWITZERLAND: Country = Country {
    code: "+41",
    mobile: &["76", "77", "78", "79"],
    digits: 9,
    domain: "ch",
    first: &["Reto", "Nadia", "Urs", "Seraina", "Beat", "Flurina", "Ivo", "Sandro", "Corinne", "Gian", "Tiziana", "Andri"],
    last: &["Meier", "Keller", "Bernasconi", "Zürcher", "Huber", "Caduff", "Frei", "Lüthi", "Pedrazzini", "Brunner", "Amstutz", "Favre"],
};

pub const COMPANY_NAMES: [&str; 40] = [
    "Adriatica", "Alpina", "Ambrosiana", "Aurora", "Belvedere", "Borealis", "Brenta", "Cascina", "Castello", "Certosa", "Duomo", "Etrusca",
    "Fenice", "Garda", "Ghisolfa", "Isola", "Lagunare", "Lambrate", "Lanterna", "Levante", "Ligure", "Lombarda", "Maremma", "Mediterranea",
    "Meridiana", "Navigli", "Orobica", "Padana", "Ponente", "Quadrilatero", "Rialto", "Rosselli", "San Marco", "Sempione", "Serenissima",
    "Stelvio", "Ticino", "Tirrena", "Valtellina", "Vesuvio",
];

pub const TRADES: [&str; 20] = [
    "Assicurazioni", "Avvocati", "Banca", "Cantieri", "Consulting", "Costruzioni", "Edilizia", "Energia", "Farmaceutici", "Ferrovie", "Finanza",
    "Impianti", "Logistica", "Meccanica", "Notai", "Ospedali", "Sicurezza", "Telecomunicazioni", "Trasporti", "Vigilanza",
];

pub const COMPANY_FORMS: [&str; 5] = ["S.p.A.", "S.r.l.", "GmbH", "SA", "S.c.a r.l."];

pub const DEPARTMENTS: [&str; 12] = [
    "Board", "Sales", "Legal", "Field service", "Research", "Finance", "Night shift", "Warehouse", "Reception", "Drivers", "IT", "Security desk",
];

pub const NOTES: [&str; 10] = [
    "Company phone, handed out at the front desk", "Second phone", "Travels abroad often", "Tablet in the meeting room", "Lent until the end of the year",
    "Replaces a lost phone", "Wants calls at night too", "Works from home on Fridays", "Only Wi-Fi, no SIM card", "Ask before changing anything: “VIP”",
];
