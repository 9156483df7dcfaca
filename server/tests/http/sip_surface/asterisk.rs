//! The views and `ps_contacts` beside the shape that Asterisk's own schema declares (asterisk/asterisk,
//! contrib/ast-db-manage/config/versions, to revision dc7c357dc178 of 2025-09-24): what realtime reads becomes an option of the same
//! name, and an object with an option that Asterisk does not know, or with a value that does not fit, is refused whole.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::Surface;

/// The type of a column of Asterisk.
#[derive(Clone, Copy, Debug)]
enum Type {
    Text,
    Varchar(usize),
    Integer,
    Bigint,
    Double,
    /// yes or no.
    Bool,
    OneOf(&'static [&'static str]),
}

use Type::{Bigint, Bool, Double, Integer, OneOf, Text, Varchar};

/// The columns of a table.
type Shape = &'static [(&'static str, Type)];

/// Of the columns of `ps_endpoints` those that SIP accounts have to do with.
const ENDPOINTS: Shape = &[
    ("id", Varchar(255)),
    ("transport", Varchar(40)),
    ("aors", Varchar(2048)),
    ("auth", Varchar(255)),
    ("context", Varchar(40)),
    ("disallow", Varchar(200)),
    ("allow", Varchar(200)),
    ("direct_media", Bool),
    ("identify_by", Varchar(80)),
    ("force_rport", Bool),
    ("rewrite_contact", Bool),
    ("rtp_symmetric", Bool),
    ("ice_support", Bool),
    ("callerid", Varchar(40)),
    ("media_encryption", OneOf(&["no", "sdes", "dtls"])),
    ("media_encryption_optimistic", Bool),
    ("set_var", Text),
    ("deny", Varchar(95)),
    ("permit", Varchar(95)),
];

/// `digest` is what the program reads (res_pjsip/config_auth.c), though the schema's enumeration has not got it.
const AUTHS: Shape = &[
    ("id", Varchar(255)),
    ("auth_type", OneOf(&["md5", "userpass", "google_oauth", "digest"])),
    ("nonce_lifetime", Integer),
    ("md5_cred", Varchar(40)),
    ("password", Varchar(80)),
    ("realm", Varchar(255)),
    ("username", Varchar(40)),
    ("refresh_token", Varchar(255)),
    ("oauth_clientid", Varchar(255)),
    ("oauth_secret", Varchar(255)),
    ("password_digest", Varchar(1024)),
    ("supported_algorithms_uas", Varchar(1024)),
    ("supported_algorithms_uac", Varchar(1024)),
];

/// Those that are there since revision abdc9ede147d (2024-10-27): Asterisk 20.12, 21.7 and 22.2.
const NEW_IN_AUTHS: [&str; 3] = ["password_digest", "supported_algorithms_uas", "supported_algorithms_uac"];

const AORS: Shape = &[
    ("id", Varchar(255)),
    ("contact", Varchar(255)),
    ("default_expiration", Integer),
    ("mailboxes", Varchar(80)),
    ("max_contacts", Integer),
    ("minimum_expiration", Integer),
    ("remove_existing", Bool),
    ("qualify_frequency", Integer),
    ("authenticate_qualify", Bool),
    ("maximum_expiration", Integer),
    ("outbound_proxy", Varchar(255)),
    ("support_path", Bool),
    ("qualify_timeout", Double),
    ("voicemail_extension", Varchar(40)),
    ("remove_unavailable", Bool),
    ("qualify_2xx_only", Bool),
];

/// All that Asterisk writes.
const CONTACTS: Shape = &[
    ("id", Varchar(255)),
    ("uri", Varchar(511)),
    ("expiration_time", Bigint),
    ("qualify_frequency", Integer),
    ("outbound_proxy", Varchar(255)),
    ("path", Text),
    ("user_agent", Varchar(255)),
    ("qualify_timeout", Double),
    ("reg_server", Varchar(255)),
    ("authenticate_qualify", Bool),
    ("via_addr", Varchar(40)),
    ("via_port", Integer),
    ("call_id", Varchar(255)),
    ("endpoint", Varchar(255)),
    ("prune_on_boot", Bool),
    ("qualify_2xx_only", Bool),
];

/// A column of ours: its type, and how many characters it may have.
type Column = (String, Option<i32>);

impl Surface {
    /// As res_config_pgsql looks a table up: by its schema and name in the catalogue, as the role that it comes in with.
    async fn columns(&mut self, table: &str) -> BTreeMap<String, Column> {
        let rows: Vec<(String, String, i32)> = sqlx::query_as(
            "SELECT attname::text, typname::text, atttypmod
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace AND nspname = 'sip' AND relname = $1
             JOIN pg_catalog.pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
             JOIN pg_catalog.pg_type t ON t.oid = atttypid",
        )
        .bind(table)
        .fetch_all(&mut self.server)
        .await
        .unwrap();
        rows.into_iter().map(|(name, kind, modifier)| (name, (kind, (modifier >= 4).then_some(modifier - 4)))).collect()
    }

    /// Accounts with the longest and the shortest that the rules allow.
    async fn extremes(&mut self) {
        self.run("UPDATE settings SET keep_alive_seconds = 3600").await;
        self.pgsm(
            json!({ "username": "12345678901234567890", "number": "+123456789012345", "call_limit": "100", "security_model": "ZRTP" }),
        )
        .await;
        self.pgsm(json!({ "username": "123", "number": "12", "call_limit": "1", "keep_alive": true })).await;
        self.snom(json!({})).await;
    }
}

/// Whether a column of ours holds nothing that Asterisk's would not.
fn is_compatible(asterisk: Type, column: &Column, values: &[&Value]) -> bool {
    let is_text = ["varchar", "text"].contains(&column.0.as_str());
    let texts = || values.iter().filter_map(|value| value.as_str());
    match asterisk {
        Text => is_text,
        // A column without a length is as long as its values, which constraints of the accounts keep short.
        Varchar(length) => {
            is_text
                && column.1.is_none_or(|ours| usize::try_from(ours).is_ok_and(|ours| ours <= length))
                && texts().all(|text| text.len() <= length)
        }
        Integer => column.0 == "int4",
        Bigint => column.0 == "int8",
        Double => column.0 == "float8",
        Bool => is_text && texts().all(|text| ["yes", "no"].contains(&text)),
        OneOf(words) => is_text && texts().all(|text| words.contains(&text)),
    }
}

#[tokio::test]
async fn every_column_of_the_views_is_one_that_asterisk_has() {
    let mut surface = Surface::start().await;
    surface.extremes().await;
    let views: [(&str, Shape, &[&str]); 4] = [
        ("ps_endpoints", ENDPOINTS, &["id", "aors", "auth", "context", "disallow", "allow", "permit"]),
        ("ps_auths", AUTHS, &["id", "auth_type", "md5_cred", "realm", "username"]),
        (
            "ps_auths_sha256",
            AUTHS,
            &["id", "auth_type", "password_digest", "supported_algorithms_uas", "supported_algorithms_uac", "realm", "username"],
        ),
        // Asterisk asks for addresses `WHERE contact != ''` and `WHERE qualify_frequency > '0'`.
        ("ps_aors", AORS, &["id", "contact", "max_contacts", "remove_existing", "qualify_frequency"]),
    ];
    for (view, of_asterisk, needed) in views {
        let columns = surface.columns(view).await;
        let mut rows = Vec::new();
        for username in ["12345678901234567890", "123", "3204"] {
            rows.push(surface.row(view, username).await);
        }
        for (name, column) in &columns {
            let known = of_asterisk.iter().find(|(known, _)| known == name);
            let (_, kind) = known.unwrap_or_else(|| panic!("Asterisk has no {view}.{name} and would refuse the row"));
            let values: Vec<&Value> = rows.iter().map(|row| &row[name]).collect();
            assert!(is_compatible(*kind, column, &values), "{view}.{name}: {column:?} with {values:?} for {kind:?}");
        }
        for name in needed {
            assert!(columns.contains_key(*name), "{view} has no {name}");
        }
    }
    // An Asterisk before these columns refuses a row that has them.
    let old = surface.columns("ps_auths").await;
    assert!(!NEW_IN_AUTHS.iter().any(|name| old.contains_key(*name)));
}

#[tokio::test]
async fn ps_contacts_takes_all_that_asterisk_writes() {
    let mut surface = Surface::start().await;
    let columns = surface.columns("ps_contacts").await;
    let ours: Vec<&str> = columns.keys().map(String::as_str).collect();
    let mut of_asterisk: Vec<&str> = CONTACTS.iter().map(|(name, _)| *name).collect();
    of_asterisk.sort_unstable();
    assert_eq!(ours, of_asterisk);
    for (name, kind) in CONTACTS {
        let (ours, length) = &columns[*name];
        let is_wide_enough = match kind {
            Varchar(needed) => length.is_none_or(|length| usize::try_from(length).is_ok_and(|length| length >= *needed)),
            Bool => length.is_none_or(|length| length >= 5),
            _ => true,
        };
        assert!(is_wide_enough && is_compatible(widest(*kind), &(ours.clone(), None), &[]), "ps_contacts.{name}: {ours} {length:?}");
    }
    // As it writes: every value is a text.
    for statement in [
        "INSERT INTO sip.ps_contacts (id, via_addr, qualify_timeout, call_id, reg_server, prune_on_boot, path, endpoint, via_port,
                                      authenticate_qualify, uri, qualify_frequency, user_agent, expiration_time, outbound_proxy, qualify_2xx_only)
         VALUES ('123^3B@0123456789abcdef0123456789abcdef', '10.0.0.2', '3.000000', 'call', 'pbx', 'yes', '', '123', '5060', 'no',
                 'sip:123@192.0.2.7:40001^3Btransport=TLS', '0', 'snom', '1900000000', '', 'no')",
        "UPDATE sip.ps_contacts SET expiration_time = '1900000060', qualify_frequency = '60' WHERE id = '123^3B@0123456789abcdef0123456789abcdef'",
        "SELECT * FROM sip.ps_contacts WHERE id LIKE '123^3B@%' ORDER BY id",
        "SELECT * FROM sip.ps_contacts WHERE expiration_time <= '1900000000' ORDER BY expiration_time",
        "SELECT * FROM sip.ps_aors WHERE contact != '' ORDER BY contact",
        "SELECT * FROM sip.ps_aors WHERE qualify_frequency > '0' ORDER BY qualify_frequency",
        "SELECT * FROM sip.ps_endpoints WHERE id LIKE '%' ORDER BY id",
        "DELETE FROM sip.ps_contacts WHERE id = '123^3B@0123456789abcdef0123456789abcdef'",
    ] {
        sqlx::query(statement).execute(&mut surface.server).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// The type without its length.
const fn widest(kind: Type) -> Type {
    match kind {
        Varchar(_) => Text,
        other => other,
    }
}

/// The values of the lines `name <sign> value` in one of the files for Asterisk; with `;` before it a line counts as an offer.
fn lines<'a>(file: &'a str, sign: &str) -> Vec<(&'a str, &'a str)> {
    let lines = file.lines().filter_map(|line| line.trim_start_matches(';').split_once(sign));
    lines.map(|(name, value)| (name.trim(), value.trim())).filter(|(name, _)| !name.contains(' ')).collect()
}

#[tokio::test]
async fn what_the_files_for_asterisk_name_is_there() {
    let mut surface = Surface::start().await;
    let tables = lines(include_str!("../../../sip/asterisk/extconfig.conf"), "=>");
    assert_eq!(tables.len(), 6, "{tables:?}");
    for (family, table) in &tables {
        let table = table.strip_prefix("pgsql,general,sip.").unwrap_or_else(|| panic!("{family}: {table}"));
        assert!(!surface.columns(table).await.is_empty(), "{family} is {table}");
        let seen = format!("SELECT has_table_privilege('sip.{table}', 'SELECT')");
        assert!(sqlx::query_scalar::<_, bool>(AssertSqlSafe(seen)).fetch_one(&mut surface.server).await.unwrap(), "{table}");
    }
    let is_family = |name: &str| tables.iter().any(|(family, _)| *family == name);
    let objects = lines(include_str!("../../../sip/asterisk/sorcery.conf"), "=realtime,");
    assert_eq!(objects.iter().map(|(object, _)| *object).collect::<Vec<_>>(), ["endpoint", "auth", "aor", "contact"]);
    assert!(objects.iter().all(|(_, family)| is_family(family)), "{objects:?}");

    let numbers = surface.columns("numbers").await;
    let asked = include_str!("../../../sip/asterisk/extensions.conf").split("REALTIME_FIELD(").skip(1);
    let asked: Vec<Vec<&str>> = asked.map(|rest| rest.split_once(')').unwrap().0.split(',').collect()).collect();
    assert_eq!(asked.len(), 3);
    for fields in asked {
        assert!(is_family(fields[0]) && numbers.contains_key(fields[1]) && numbers.contains_key(fields[3]), "{fields:?}");
    }
    surface.pgsm(json!({})).await;
    let endpoint = surface.row("ps_endpoints", "2086693379").await;
    let dialplan = include_str!("../../../sip/asterisk/extensions.conf");
    assert!(dialplan.contains(&format!("[{}]", endpoint["context"].as_str().unwrap())));
    assert!(endpoint["set_var"].as_str().unwrap().starts_with("CALL_LIMIT=") && dialplan.contains("${CALL_LIMIT}"));
}
