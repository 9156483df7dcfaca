-- The Account List at the size of a national operator: what the filter box looks in, and an index for each order.

-- A text as the filter compares it: in lower case, Latin letters without their accents. The same as `fold` in
-- app/src/domain/fold.rs.
CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT translate(lower(value COLLATE "default"), 'àáâãäåāăąçćĉċčďđèéêëēĕėęěĝğġģĥħìíîïĩīĭįıĵķĺļľŀłñńņňòóôõöøōŏőŕŗřśŝşšșţťŧțùúûüũūŭůűųŵýÿŷźżž',
                                         'aaaaaaaaacccccddeeeeeeeeegggghhiiiiiiiiijklllllnnnnooooooooorrrsssssttttuuuuuuuuuuwyyyzzz') $$;

ALTER TABLE accounts DROP COLUMN search;
-- Digits have one order, whatever the language of the database, and the index of the constraint serves the list, too: it
-- holds the id, so that the list can be walked without looking at the accounts.
ALTER TABLE accounts
    ALTER COLUMN username TYPE text COLLATE "C",
    ALTER COLUMN number_digits TYPE text COLLATE "C",
    DROP CONSTRAINT accounts_username_key,
    ADD CONSTRAINT accounts_username_key UNIQUE (username) INCLUDE (id),
    DROP CONSTRAINT accounts_number_key,
    ADD CONSTRAINT accounts_number_key UNIQUE (number_digits) INCLUDE (id);
ALTER TABLE accounts
    -- Each line begins with a blank, as each word of a text does: a short word is looked for at their beginnings. The
    -- same as `search_text` in app/src/domain/account_filter.rs.
    ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (fold(' ' || replace(
        coalesce(owner, '') || E'\n' || username || E'\n' || number || E'\n' || coalesce(email, '') || E'\n' || coalesce(description, ''),
        E'\n', E'\n '
    ))) STORED,
    -- People without a name come last.
    ADD COLUMN owner_order text COLLATE "C" NOT NULL GENERATED ALWAYS AS (coalesce(fold(owner), U&'\+10FFFF')) STORED,
    -- Statuses sort in the order of life, not of the alphabet.
    ADD COLUMN status_order smallint NOT NULL GENERATED ALWAYS AS (CASE last_status
        WHEN 'created' THEN 0 WHEN 'installation_sms_sent' THEN 1 WHEN 'installed' THEN 2
        WHEN 'activation_sms_sent' THEN 3 WHEN 'activated' THEN 4 ELSE 5 END) STORED;

CREATE INDEX accounts_owner_order ON accounts (owner_order, id);
CREATE INDEX accounts_type_order ON accounts (account_type, id);
CREATE INDEX accounts_security_order ON accounts (security_model, id);
CREATE INDEX accounts_enabled_order ON accounts (enabled, id);
CREATE INDEX accounts_status_order ON accounts (status_order, id);
-- The facets, for selections that hold few accounts.
CREATE INDEX accounts_facets ON accounts (account_type, security_model, enabled, status_order);

-- What the filter box looks in, apart from the accounts: its index is dear to keep up, and an account that is enabled,
-- activated or connected has not got another name.
CREATE TABLE account_search (
    account_id  uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    search      text NOT NULL
);
CREATE INDEX account_search_trigrams ON account_search USING gin (search gin_trgm_ops);
-- Signs that are in no trigram: "%", "@", "#" …
CREATE INDEX account_search_signs ON account_search USING gin (regexp_split_to_array(regexp_replace(search, '[[:alnum:][:space:]]+', '', 'g'), ''));

INSERT INTO account_search SELECT id, search FROM accounts;

CREATE FUNCTION add_account_search() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO account_search SELECT id, search FROM added; RETURN NULL; END $$;
CREATE TRIGGER accounts_search_added AFTER INSERT ON accounts REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION add_account_search();
CREATE FUNCTION change_account_search() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN UPDATE account_search SET search = new.search WHERE account_id = new.id; RETURN NULL; END $$;
CREATE TRIGGER accounts_search_changed AFTER UPDATE ON accounts
    FOR EACH ROW WHEN (old.search IS DISTINCT FROM new.search) EXECUTE FUNCTION change_account_search();
