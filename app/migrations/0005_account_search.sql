-- The Account List at a million, once more: one table holds all that the list chooses and sorts by, so that a choice is found,
-- counted and sorted without a look at the accounts. Statuses and what is enabled have no index there: when they change, no
-- index does (HOT), and an index of trigrams is dear to keep up.

-- Signs that stand on keyboards, each as three letters of a script that nobody writes: a trigram is made of letters and digits
-- only, and so there is one for every sign. Nothing that LIKE knows as a wildcard is left.
CREATE FUNCTION in_letters(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT translate(regexp_replace(value, '([!-/:-@[-`{-~])', '\1\1\1', 'g'),
                           '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '𐎠𐎡𐎢𐎣𐎤𐎥𐎦𐎧𐎨𐎩𐎪𐎫𐎬𐎭𐎮𐎯𐎰𐎱𐎲𐎳𐎴𐎵𐎶𐎷𐎸𐎹𐎺𐎻𐎼𐎽𐎾𐎿') $$;

-- What the filter box looks in. Each line begins with a blank, as each word of a text does: a short word is looked for at their
-- beginnings. The same as `search_text` in app/src/domain/account_filter.rs, in letters.
CREATE FUNCTION account_search_text(owner text, username text, number text, email text, description text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT in_letters(fold(' ' || replace(
        coalesce(owner, '') || E'\n' || username || E'\n' || number || E'\n' || coalesce(email, '') || E'\n' || coalesce(description, ''),
        E'\n', E'\n '
    ))) $$;

-- People without a name come last.
CREATE FUNCTION owner_order(owner text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT coalesce(fold(owner), U&'\+10FFFF') $$;

DROP TRIGGER accounts_search_added ON accounts;
DROP TRIGGER accounts_search_changed ON accounts;
DROP FUNCTION add_account_search;
DROP FUNCTION change_account_search;
DROP TABLE account_search;
ALTER TABLE accounts DROP COLUMN search, DROP COLUMN owner_order;

CREATE TABLE account_search (
    account_id      uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    search          text NOT NULL,
    owner_order     text COLLATE "C" NOT NULL,
    username        text COLLATE "C" NOT NULL,
    number_digits   text COLLATE "C" NOT NULL,
    group_id        uuid NOT NULL,
    account_type    text NOT NULL,
    security_model  text NOT NULL,
    enabled         boolean NOT NULL,
    status_order    smallint NOT NULL,
    last_status_at  timestamptz NOT NULL
) WITH (fillfactor = 85);

INSERT INTO account_search
SELECT id, account_search_text(owner, username, number, email, description), owner_order(owner), username, number_digits, group_id,
       account_type, security_model, enabled, status_order, last_status_at
FROM accounts ORDER BY id;

CREATE INDEX account_search_trigrams ON account_search USING gin (search gin_trgm_ops);
CREATE INDEX account_search_owner ON account_search (owner_order, account_id);
CREATE INDEX account_search_username ON account_search (username) INCLUDE (account_id);
CREATE INDEX account_search_number ON account_search (number_digits) INCLUDE (account_id);
CREATE INDEX account_search_type ON account_search (account_type, account_id);
CREATE INDEX account_search_security ON account_search (security_model, account_id);
CREATE INDEX account_search_group ON account_search (group_id);
-- An account that is enabled or connects gets a new entry in every index that it has: these orders do not change with it.
DROP INDEX accounts_type_order;
DROP INDEX accounts_security_order;

-- The facets with what else is needed to choose and sort by them alone.
DROP INDEX accounts_facets;
CREATE INDEX accounts_facets ON accounts (account_type, security_model, enabled, status_order, group_id, id);

-- Whole statements at a time: thousands of accounts are changed in one.
CREATE FUNCTION add_account_search() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        INSERT INTO account_search
        SELECT id, account_search_text(owner, username, number, email, description), owner_order(owner), username, number_digits,
               group_id, account_type, security_model, enabled, status_order, last_status_at
        FROM added;
        RETURN NULL;
    END $$;
CREATE TRIGGER accounts_search_added AFTER INSERT ON accounts REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION add_account_search();

CREATE FUNCTION change_account_search() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        UPDATE account_search s
        SET group_id = n.group_id, account_type = n.account_type, security_model = n.security_model, enabled = n.enabled,
            status_order = n.status_order, last_status_at = n.last_status_at
        FROM now n JOIN was w USING (id)
        WHERE s.account_id = n.id
          AND (n.group_id, n.account_type, n.security_model, n.enabled, n.status_order, n.last_status_at)
              IS DISTINCT FROM (w.group_id, w.account_type, w.security_model, w.enabled, w.status_order, w.last_status_at);
        UPDATE account_search s
        SET search = account_search_text(n.owner, n.username, n.number, n.email, n.description), owner_order = owner_order(n.owner),
            username = n.username, number_digits = n.number_digits
        FROM now n JOIN was w USING (id)
        WHERE s.account_id = n.id
          AND (n.owner, n.username, n.number, n.email, n.description)
              IS DISTINCT FROM (w.owner, w.username, w.number, w.email, w.description);
        RETURN NULL;
    END $$;
CREATE TRIGGER accounts_search_changed AFTER UPDATE ON accounts REFERENCING OLD TABLE AS was NEW TABLE AS now
    FOR EACH STATEMENT EXECUTE FUNCTION change_account_search();
