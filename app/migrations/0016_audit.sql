-- The audit log is read by people: from the newest on, by who did what, and by words; and it is kept from the application itself
-- where that has a database role of its own.

ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_subject_kind_check,
    ADD CONSTRAINT audit_log_subject_kind_check CHECK (subject_kind IN
        ('account', 'group', 'operator', 'batch', 'profile', 'settings', 'message', 'session', 'list'));

CREATE INDEX audit_log_newest ON audit_log (at DESC, id DESC);

-- Who an entry is of. Users and the command line are nobody's id; as a value of its own they are a strip of the index as any other.
CREATE FUNCTION audit_author(operator_id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT coalesce(operator_id, '00000000-0000-0000-0000-000000000000') $$;

-- The newest of each author, kind and action, however few they are.
CREATE INDEX audit_log_facets ON audit_log (audit_author(operator_id), subject_kind, action, at DESC, id DESC);

-- The same as `search_text` in app/src/domain/audit_query.rs, in letters (migration 0005).
CREATE FUNCTION audit_search_text(who text, address text, action text, kind text, subject text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT in_letters(fold(' ' || replace(
        who || E'\n' || coalesce(address, '') || E'\n' || action || E'\n' || kind || E'\n' || subject, E'\n', E'\n '
    ))) $$;

-- What the filter box looks in. An index of trigrams is dear to keep up: with it, a file of 100,000 accounts would take half as long
-- again. So an entry is only noted when it is written, and its words are indexed afterwards, by any server, in small steps
-- (app/src/audit/indexing.rs). Whoever looks for words looks in both places.
CREATE TABLE audit_search (
    entry_id      uuid PRIMARY KEY,
    at            timestamptz NOT NULL,
    author        uuid NOT NULL,
    subject_kind  text NOT NULL,
    action        text NOT NULL,
    search        text NOT NULL
);
CREATE INDEX audit_search_trigrams ON audit_search USING gin (search gin_trgm_ops);

CREATE TABLE audit_unindexed (entry_id uuid NOT NULL);
INSERT INTO audit_unindexed SELECT id FROM audit_log ORDER BY at, id;

CREATE FUNCTION note_unindexed() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO audit_unindexed SELECT id FROM added; RETURN NULL; END $$;
CREATE TRIGGER audit_log_unindexed AFTER INSERT ON audit_log REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_unindexed();

-- Gives the role with which Ringkey serves what it needs, where that is another one than the owner of the tables: of the audit log,
-- to add and to read; of nothing, to change its shape. Called by the owner after each migration, since that may have brought tables.
CREATE FUNCTION admit_application(application name) RETURNS void LANGUAGE plpgsql
    AS $$ BEGIN
        EXECUTE format('GRANT USAGE ON SCHEMA public, sip TO %I', application);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, sip TO %I', application);
        EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public, sip TO %I', application);
        EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA sip TO %I', application);
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON audit_log FROM %I', application);
        IF to_regclass('_sqlx_migrations') IS NOT NULL THEN
            EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM %I', application);
        END IF;
    END $$;
REVOKE EXECUTE ON FUNCTION admit_application(name) FROM PUBLIC;
