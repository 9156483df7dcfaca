-- Registered Accounts at a hundred thousand registrations: those who are online in a table of their own, with all that a list chooses and
-- sorts by, in the columns of account_search. Whoever is not in it is not online; whether one who is in it is says the registration. So
-- nothing is written here when a registration ends, nor when its phone is back within a day: whoever stays away for longer is removed
-- (`registrations::db::forget_gone`).

-- From here on nobody registers, and no account changes, until this is done: none is missed while servers that do not know of it are at work.
LOCK TABLE sip.location, sip.ps_contacts, accounts, account_search IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE account_online (
    account_id      uuid PRIMARY KEY REFERENCES account_search ON DELETE CASCADE,
    owner_order     text COLLATE "C" NOT NULL,
    username        text COLLATE "C" NOT NULL,
    number_digits   text COLLATE "C" NOT NULL,
    group_id        uuid NOT NULL,
    account_type    text NOT NULL,
    security_model  text NOT NULL,
    enabled         boolean NOT NULL,
    status_order    smallint NOT NULL,
    last_status_at  timestamptz NOT NULL,
    search          text NOT NULL
) WITH (fillfactor = 85);

INSERT INTO account_online
SELECT s.account_id, s.owner_order, s.username, s.number_digits, s.group_id, s.account_type, s.security_model, s.enabled,
       s.status_order, s.last_status_at, s.search
FROM account_search s WHERE EXISTS (SELECT FROM sip.registrations r WHERE r.username = s.username COLLATE "default");

-- Of each order one, also of those that change with what accounts do: who is online seldom does.
CREATE INDEX account_online_trigrams ON account_online USING gin (search gin_trgm_ops) WITH (gin_pending_list_limit = 512);
CREATE INDEX account_online_owner ON account_online (owner_order, account_id);
CREATE INDEX account_online_username ON account_online (username);
CREATE INDEX account_online_number ON account_online (number_digits);
CREATE INDEX account_online_type ON account_online (account_type, account_id);
CREATE INDEX account_online_security ON account_online (security_model, account_id);
CREATE INDEX account_online_enabled ON account_online (enabled, account_id);
CREATE INDEX account_online_status ON account_online (status_order, account_id);
CREATE INDEX account_online_newest ON account_online (last_status_at, account_id);
CREATE INDEX account_online_group ON account_online (group_id, last_status_at, account_id);

-- Whether somebody is online is asked by the username alone: an index of hashes answers in a third of the time.
CREATE INDEX location_of ON sip.location USING hash (username);
DROP INDEX sip.location_username;
CREATE INDEX ps_contacts_of ON sip.ps_contacts USING hash (endpoint);
DROP INDEX sip.ps_contacts_endpoint;

-- The flag told nothing but that somebody may be online. Servers that still ask for it are told so of everybody, and look at the
-- registration; nobody else reads it.
ALTER TABLE account_search DROP COLUMN registered, ADD COLUMN registered boolean NOT NULL DEFAULT true;

CREATE OR REPLACE FUNCTION change_account_search() RETURNS trigger LANGUAGE plpgsql
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
        UPDATE account_online o
        SET owner_order = s.owner_order, username = s.username, number_digits = s.number_digits, group_id = s.group_id,
            account_type = s.account_type, security_model = s.security_model, enabled = s.enabled, status_order = s.status_order,
            last_status_at = s.last_status_at, search = s.search
        FROM now n JOIN account_search s ON s.account_id = n.id
        WHERE o.account_id = n.id;
        RETURN NULL;
    END $$;

-- That an account connects.
CREATE FUNCTION sip.note_connected(account uuid, client text) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp
    AS $$ BEGIN
        -- Of two at the same moment the second waits here, and then sees what the first has done.
        PERFORM FROM accounts WHERE id = account AND last_status <> 'connected' FOR NO KEY UPDATE;
        IF FOUND THEN
            INSERT INTO account_events (account_id, event, client) VALUES (account, 'registered', note_connected.client);
        END IF;
    END $$;

-- As those of 0018 it names in full what it uses.
-- A plan that was made while hardly anybody was online would read all of them, and a SIP server's connection keeps it while they come:
-- no plan may.
CREATE OR REPLACE FUNCTION sip.note_registration(name text, is_new boolean, client text) RETURNS void
    LANGUAGE plpgsql SET enable_seqscan = off
    AS $$
    DECLARE account record;
    BEGIN
        SELECT a.id, a.last_status INTO account FROM public.accounts a WHERE a.username OPERATOR(pg_catalog.=) name;
        IF NOT FOUND THEN RETURN; END IF;
        IF is_new THEN
            IF account.last_status OPERATOR(pg_catalog.<>) 'connected' THEN
                PERFORM sip.note_connected(account.id, client);
            END IF;
            -- Whoever removes the row at this moment is waited for, and nobody does until this one is there.
            PERFORM FROM public.account_online o WHERE o.account_id OPERATOR(pg_catalog.=) account.id FOR KEY SHARE;
            IF NOT FOUND THEN
                -- What changes the account at this moment is waited for, or waits.
                INSERT INTO public.account_online
                SELECT s.account_id, s.owner_order, s.username, s.number_digits, s.group_id, s.account_type, s.security_model, s.enabled,
                       s.status_order, s.last_status_at, s.search
                FROM public.account_search s WHERE s.account_id OPERATOR(pg_catalog.=) account.id FOR SHARE
                ON CONFLICT (account_id) DO UPDATE SET username = excluded.username;
            END IF;
        END IF;
        INSERT INTO public.live_changes (subject, id, account_id) VALUES ('registration', account.id, account.id);
    END $$;

CREATE OR REPLACE FUNCTION sip.note_end(name text, registered timestamptz, program text) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp
    AS $$
    DECLARE account uuid;
    BEGIN
        SELECT id INTO account FROM accounts WHERE username = name;
        IF NOT FOUND THEN RETURN; END IF;
        UPDATE account_events SET at = greatest(at, note_end.registered), client = program
        WHERE account_id = account AND event = 'registered'
          AND at = (SELECT max(at) FROM account_events WHERE account_id = account AND event = 'registered');
        INSERT INTO live_changes (subject, id, account_id) VALUES ('registration', account, account);
    END $$;

CREATE OR REPLACE FUNCTION sip.location_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    AS $$ BEGIN
        IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
            PERFORM sip.note_end(old.username, CASE WHEN old.last_modified OPERATOR(pg_catalog.<>) 0 THEN pg_catalog.to_timestamp(old.last_modified) END,
                                 old.user_agent);
        ELSE
            PERFORM sip.note_registration(new.username, TG_OP OPERATOR(pg_catalog.=) 'INSERT', new.user_agent);
        END IF;
        RETURN NULL;
    END $$;
REVOKE EXECUTE ON FUNCTION sip.note_connected(uuid, text) FROM PUBLIC;
