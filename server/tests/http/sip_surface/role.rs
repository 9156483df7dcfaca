//! The role `ringkey_sip` sees what a SIP server needs, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use app::db::MIGRATOR;
use serde_json::json;
use server::private_postgres::{Keep, PrivatePostgres, SUPERUSER};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::{Surface, VIEWS};
use crate::support::accounts::SIP_PASSWORD;
use crate::support::database;

/// Of things in schemas that are not Postgres' own: which rights the role has on each.
const RIGHTS: &str = "
    WITH ours AS (SELECT oid, nspname FROM pg_namespace
                  WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)')
    SELECT 'schema ' || nspname, p.name FROM ours, unnest(ARRAY['USAGE', 'CREATE']) p(name)
    WHERE has_schema_privilege('ringkey_sip', oid, p.name)
    UNION ALL
    SELECT 'relation ' || nspname || '.' || relname, p.name
    FROM pg_class c JOIN ours ON ours.oid = relnamespace,
         unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p(name)
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege('ringkey_sip', c.oid, p.name)
    UNION ALL
    SELECT 'column ' || nspname || '.' || relname || '.' || attname, p.name
    FROM pg_class c JOIN ours ON ours.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped,
         unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p(name)
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND has_column_privilege('ringkey_sip', c.oid, attnum, p.name)
      AND NOT has_table_privilege('ringkey_sip', c.oid, p.name)
    UNION ALL
    SELECT 'sequence ' || nspname || '.' || relname, p.name
    FROM pg_class c JOIN ours ON ours.oid = relnamespace, unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) p(name)
    WHERE relkind = 'S' AND has_sequence_privilege('ringkey_sip', c.oid, p.name)
    UNION ALL
    SELECT 'function ' || f.oid::regprocedure::text, 'EXECUTE'
    FROM pg_proc f JOIN ours ON ours.oid = pronamespace
    WHERE has_function_privilege('ringkey_sip', f.oid, 'EXECUTE')
      -- What anybody may call and what tells nothing: functions of their arguments alone, and triggers, which nobody can call.
      AND NOT (nspname = 'public' AND NOT prosecdef AND (provolatile = 'i' OR prorettype = 'trigger'::regtype OR EXISTS (
          SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
          WHERE d.objid = f.oid AND d.deptype = 'e' AND e.extname = 'pg_trgm')))";

/// Whether Postgres refuses this for want of a right, or since nobody could do it to a view.
async fn is_refused(server: &mut PgConnection, statement: &str) -> bool {
    match sqlx::query(AssertSqlSafe(statement.to_owned())).execute(server).await {
        Ok(_) => false,
        Err(error) => {
            let code = error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
            assert!(["42501", "55000", "0A000"].map(Some).contains(&code.as_deref()), "{statement}: {error}");
            true
        }
    }
}

#[tokio::test]
async fn the_role_has_these_rights_and_no_other() {
    let surface = Surface::start().await;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (thing, right) in sqlx::query_as::<_, (String, String)>(RIGHTS).fetch_all(&surface.app.pool).await.unwrap() {
        found.entry(thing).or_default().insert(right);
    }
    let rights = |rights: &[&str]| rights.iter().map(|right| (*right).to_owned()).collect::<BTreeSet<_>>();
    let mut expected: BTreeMap<String, BTreeSet<String>> =
        VIEWS.iter().map(|(view, _)| (format!("relation sip.{view}"), rights(&["SELECT"]))).collect();
    for table in ["location", "ps_contacts"] {
        expected.insert(format!("relation sip.{table}"), rights(&["SELECT", "INSERT", "UPDATE", "DELETE"]));
    }
    for schema in ["public", "sip"] {
        expected.insert(format!("schema {schema}"), rights(&["USAGE"]));
    }
    for function in ["sip.credentials(text,text)", "sip.take_drops()"] {
        expected.insert(format!("function {function}"), rights(&["EXECUTE"]));
    }
    assert_eq!(found, expected);

    let (is_special, is_member): (bool, bool) = sqlx::query_as(
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls,
                EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid)
         FROM pg_roles r WHERE rolname = 'ringkey_sip'",
    )
    .fetch_one(&surface.app.pool)
    .await
    .unwrap();
    assert!(!is_special && !is_member);
}

#[tokio::test]
async fn what_the_role_tries_beyond_them_is_refused() {
    let mut surface = Surface::start().await;
    surface.pgsm(json!({})).await;
    let relations: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'sip')
         UNION SELECT format('%I.%I', schemaname, viewname) FROM pg_views WHERE schemaname IN ('public', 'sip')",
    )
    .fetch_all(&surface.app.pool)
    .await
    .unwrap();
    assert!(relations.len() > 20, "{relations:?}");
    let views = VIEWS.map(|(view, _)| format!("sip.{view}"));
    let written = ["sip.location", "sip.ps_contacts"];
    for relation in relations {
        if written.contains(&relation.as_str()) {
            continue;
        }
        let may_see = !is_refused(&mut surface.server, &format!("SELECT count(*) FROM {relation}")).await;
        assert_eq!(may_see, views.contains(&relation), "{relation}");
        assert!(is_refused(&mut surface.server, &format!("DELETE FROM {relation}")).await, "{relation}");
    }
    for statement in [
        "INSERT INTO sip.subscriber (username) VALUES ('1')",
        "INSERT INTO sip.ps_endpoints (id) VALUES ('1')",
        "UPDATE sip.ps_auths SET md5_cred = ''",
        "UPDATE sip.numbers SET number = '112'",
        "SELECT sip.admit_server()",
        "SELECT sip.drop_registrations('2086693379')",
        "SELECT sip.note_return('2086693379')",
        "SELECT sip.note_first('2086693379', 'nobody')",
        "SELECT sip.note_over('2086693379', now(), 'nobody')",
        "SELECT sip.acl_allows('{}', '{}', '127.0.0.1')",
        "SELECT sip.unmapped('127.0.0.1')",
        "TRUNCATE sip.location",
        "CREATE TABLE sip.mine ()",
        "CREATE TABLE public.mine ()",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION sip.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine",
        "SET ROLE postgres",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('PG_VERSION')",
        "COPY sip.location TO PROGRAM 'cat'",
    ] {
        assert!(is_refused(&mut surface.server, statement).await, "{statement}");
    }
    for statement in ["DROP TABLE sip.location", "ALTER TABLE sip.ps_contacts ADD mine integer", "DROP SCHEMA sip CASCADE"] {
        assert!(is_refused(&mut surface.server, statement).await, "{statement}");
    }
}

#[tokio::test]
async fn what_runs_with_more_rights_uses_nothing_of_the_roles_own() {
    let mut surface = Surface::start().await;
    surface.snom(json!({ "username": "2086693379", "deny": "0.0.0.0/0", "permit": "192.0.2.0/24" })).await;
    sqlx::raw_sql("CREATE SCHEMA theirs AUTHORIZATION ringkey_sip").execute(&surface.app.pool).await.unwrap();
    for (operator, left, right) in [
        ("=", "text", "text"),
        ("=", "uuid", "uuid"),
        ("=", "integer", "integer"),
        ("<>", "text", "text"),
        ("<>", "varchar", "varchar"),
        ("<>", "bigint", "bigint"),
        ("<<=", "inet", "inet"),
        ("<<=", "inet", "cidr"),
    ] {
        let made = format!(
            "CREATE FUNCTION theirs.called({left}, {right}) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END';
             CREATE OPERATOR theirs.{operator} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = theirs.called);
             ALTER FUNCTION theirs.called({left}, {right}) RENAME TO called_{}",
            Uuid::new_v4().simple()
        );
        sqlx::raw_sql(AssertSqlSafe(made)).execute(&mut surface.server).await.unwrap();
    }
    let own = "CREATE FUNCTION theirs.family(inet) RETURNS integer LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END';
               CREATE TABLE theirs.accounts (); CREATE TABLE theirs.live_changes (); CREATE TABLE theirs.settings ();
               SET search_path = theirs, pg_catalog, sip";
    sqlx::raw_sql(own).execute(&mut surface.server).await.unwrap();
    let harmful = sqlx::query_scalar::<_, bool>("SELECT 'a'::text = 'a'::text").fetch_one(&mut surface.server).await;
    assert!(harmful.is_err(), "its own operators come first");
    for (source, allowed) in [("192.0.2.9", 1), ("::ffff:192.0.2.9", 1), ("127.0.0.1", 0), ("2001:db8::1", 1)] {
        let judged: i32 = sqlx::query_scalar("SELECT allowed FROM sip.credentials('2086693379', $1)")
            .bind(source)
            .fetch_one(&mut surface.server)
            .await
            .unwrap();
        assert_eq!(judged, allowed, "{source}");
    }
    for statement in [
        "INSERT INTO sip.location (ruid, username, contact, expires) VALUES ('one', '2086693379', 'sip:a@192.0.2.9', 4000000000)",
        "UPDATE sip.location SET expires = 4000000001, received = 'sip:192.0.2.7:40001'",
        "DELETE FROM sip.location",
        "INSERT INTO sip.ps_contacts (id, uri, endpoint) VALUES ('one', 'sip:a@192.0.2.9', '2086693379')",
        "UPDATE sip.ps_contacts SET user_agent = 'another'",
        "DELETE FROM sip.ps_contacts",
    ] {
        sqlx::query(statement).execute(&mut surface.server).await.unwrap();
    }
}

#[tokio::test]
async fn no_password_is_among_what_it_sees() {
    let mut surface = Surface::start().await;
    surface.pgsm(json!({})).await;
    for relation in VIEWS.iter().map(|(view, _)| *view).chain(["location", "ps_contacts"]) {
        let query = format!("SELECT coalesce(string_agg(to_jsonb(v)::text, ' '), '') FROM sip.{relation} v");
        let all: String = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut surface.server).await.unwrap();
        assert!(!all.contains(SIP_PASSWORD), "{relation}");
    }
    let named: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT column_name::text FROM information_schema.columns
         WHERE table_schema = 'sip' AND (column_name ~ 'pass' OR column_name ~ 'secret')",
    )
    .fetch_all(&mut surface.server)
    .await
    .unwrap();
    assert_eq!(named, ["password_digest"]);
}

/// On a Postgres of its own, since roles are those of the whole cluster.
#[tokio::test]
async fn a_ringkey_that_may_not_make_roles_lets_the_server_in_once_somebody_else_has_made_its_role() {
    let directory = std::env::temp_dir().join(format!("ringkey-test-{}", Uuid::new_v4().simple()));
    let postgres = {
        let directory = directory.clone();
        tokio::task::spawn_blocking(move || PrivatePostgres::start(&directory, None, Keep::Nothing)).await.unwrap().unwrap()
    };
    let mut superuser = PgConnection::connect_with(&postgres.options("postgres", SUPERUSER)).await.unwrap();
    for statement in ["CREATE ROLE owner LOGIN NOCREATEROLE", "CREATE DATABASE owned OWNER owner"] {
        sqlx::query(statement).execute(&mut superuser).await.unwrap();
    }
    let mut owner = PgConnection::connect_with(&postgres.options("owned", "owner")).await.unwrap();
    MIGRATOR.run(&mut owner).await.unwrap();
    assert!(!is_admitted(&mut owner).await);
    assert!(PgConnection::connect_with(&postgres.options("owned", "ringkey_sip")).await.is_err());

    sqlx::query("CREATE ROLE ringkey_sip LOGIN").execute(&mut superuser).await.unwrap();
    let mut server = PgConnection::connect_with(&postgres.options("owned", "ringkey_sip")).await.unwrap();
    assert!(is_refused(&mut server, "SELECT FROM sip.subscriber").await);
    for _ in 0..2 {
        assert!(is_admitted(&mut owner).await);
        assert!(!is_refused(&mut server, "SELECT FROM sip.subscriber").await);
        assert!(!is_refused(&mut server, "INSERT INTO sip.location (ruid, username) VALUES (gen_random_uuid(), '1')").await);
        assert!(is_refused(&mut server, "SELECT FROM accounts").await);
    }
    drop((superuser, owner, server));
    tokio::task::spawn_blocking(move || drop(postgres)).await.unwrap();
}

async fn is_admitted(owner: &mut PgConnection) -> bool {
    sqlx::query_scalar("SELECT sip.admit_server()").fetch_one(owner).await.unwrap()
}

/// As at each start of the program, on a database that has the role already.
#[tokio::test]
async fn a_second_start_changes_nothing() {
    let pool: PgPool = database::fresh().await;
    let rights = async || -> Vec<(String, String)> { sqlx::query_as(RIGHTS).fetch_all(&pool).await.unwrap() };
    let before = rights().await;
    assert!(is_admitted(&mut pool.acquire().await.unwrap()).await);
    assert_eq!(rights().await, before);
}
