-- The Messages page at a million SMSes. What its filter box looks in stands apart, as that of the accounts does: an SMS changes its
-- state several times, and an index of trigrams is dear to keep up. Neither whom it went to, nor its text, nor its time change.

-- The same as `search_text` in app/src/domain/message_query.rs, in letters (migration 0005).
CREATE FUNCTION message_search_text(owner text, username text, number text, body text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT in_letters(fold(' ' || replace(
        coalesce(owner, '') || E'\n' || coalesce(username, '') || E'\n' || number || E'\n' || body, E'\n', E'\n '
    ))) $$;

CREATE TABLE message_search (
    message_id  uuid PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    queued_at   timestamptz NOT NULL,
    search      text NOT NULL
);
INSERT INTO message_search SELECT id, queued_at, message_search_text(owner, username, number, text) FROM messages;
CREATE INDEX message_search_trigrams ON message_search USING gin (search gin_trgm_ops);
CREATE INDEX message_search_newest ON message_search (queued_at DESC, message_id DESC);

CREATE FUNCTION add_message_search() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        INSERT INTO message_search SELECT id, queued_at, message_search_text(owner, username, number, text) FROM added;
        RETURN NULL;
    END $$;
CREATE TRIGGER messages_search_added AFTER INSERT ON messages REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION add_message_search();

-- The newest of each state and kind, however few they are.
CREATE INDEX messages_facets ON messages (state, kind, queued_at DESC, id DESC);
