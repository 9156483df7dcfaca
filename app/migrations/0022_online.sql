-- Registered Accounts at a hundred thousand registrations: those who are online in a table of their own, with all that a list chooses and
-- sorts by, in the columns of account_search. Whoever is not in it is not online; whether one who is in it is says the registration. So
-- nothing that an index holds is written when a registration ends, and nothing at all when its phone is back within a day: whoever stays
-- away for longer is removed (`registrations::db::forget_gone`).

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
    search          text NOT NULL,
    -- Of the registration that ended last: when that was, its last REGISTER where the SIP server tells it, and the phone's program. They go
    -- into account_events when the row goes.
    ended_at        timestamptz,
    registered_at   timestamptz,
    client          varchar(255)
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
-- Of a group they are counted by the index alone.
CREATE INDEX account_online_group ON account_online (group_id, last_status_at, account_id) INCLUDE (username);

-- With the rights of its owner: a server of before that waits for this has none on the new table.
CREATE OR REPLACE FUNCTION change_account_search() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
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
        -- Whose registration ends at this moment holds the row: it is not waited for in vain.
        WHERE o.account_id = n.id
          AND (o.owner_order, o.username, o.number_digits, o.group_id, o.account_type, o.security_model, o.enabled, o.status_order,
               o.last_status_at, o.search)
              IS DISTINCT FROM (s.owner_order, s.username, s.number_digits, s.group_id, s.account_type, s.security_model, s.enabled,
                                s.status_order, s.last_status_at, s.search);
        RETURN NULL;
    END $$;

-- What follows is each REGISTER's way. As in 0018 it names in full what it uses; and assigns what functions give: to PERFORM them
-- would be a query of its own each time.

-- The rule of who may come in, in forms that Postgres takes into the query that asks.
CREATE FUNCTION sip.unmapped(source inet) RETURNS inet LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT CASE WHEN pg_catalog.family(source) OPERATOR(pg_catalog.=) 6 AND source OPERATOR(pg_catalog.<<=) '::ffff:0:0/96'
                      THEN pg_catalog.split_part(pg_catalog.host(source), ':', 4)::pg_catalog.inet ELSE source END $$;
CREATE OR REPLACE FUNCTION sip.acl_allows(deny cidr[], permit cidr[], source inet) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT sip.unmapped(source) OPERATOR(pg_catalog.<<=) ANY(permit) OR NOT sip.unmapped(source) OPERATOR(pg_catalog.<<=) ANY(deny) $$;

CREATE OR REPLACE FUNCTION sip.credentials(
    name text, source text, OUT ha1 text, OUT ha1_sha256 text, OUT virtual_phone_number text, OUT call_limit integer,
    OUT keep_alive integer, OUT allowed integer
) LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
    AS $$
    DECLARE address pg_catalog.inet := source;
    BEGIN
        SELECT d.ha1_md5, d.ha1_sha256, a.number, a.call_limit, a.keep_alive::pg_catalog.int4,
               sip.acl_allows(a.deny, a.permit, address)::pg_catalog.int4
        INTO ha1, ha1_sha256, virtual_phone_number, call_limit, keep_alive, allowed
        FROM public.accounts a JOIN public.account_digests d ON d.account_id OPERATOR(pg_catalog.=) a.id
        WHERE a.username OPERATOR(pg_catalog.=) name AND a.enabled
          AND d.realm OPERATOR(pg_catalog.=) (SELECT s.sip_domain FROM public.settings s);
    END $$;

-- That somebody registers whose account was not online within a day, or is not connected.
CREATE FUNCTION sip.note_first(name text, client text) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp
    AS $$
    DECLARE account record;
    BEGIN
        SELECT id, last_status INTO account FROM accounts WHERE username = name;
        IF NOT FOUND THEN RETURN; END IF;
        IF account.last_status <> 'connected' THEN
            -- Of two at the same moment the second waits here, and then sees what the first has done.
            PERFORM FROM accounts WHERE id = account.id AND last_status <> 'connected' FOR NO KEY UPDATE;
            IF FOUND THEN
                INSERT INTO account_events (account_id, event, client) VALUES (account.id, 'registered', note_first.client);
            END IF;
        END IF;
        -- What changes the account at this moment is waited for, or waits.
        INSERT INTO account_online
        SELECT s.account_id, s.owner_order, s.username, s.number_digits, s.group_id, s.account_type, s.security_model, s.enabled,
               s.status_order, s.last_status_at, s.search
        FROM account_search s WHERE s.account_id = account.id FOR SHARE
        ON CONFLICT (account_id) DO UPDATE SET username = excluded.username;
        INSERT INTO live_changes (subject, username) VALUES ('registration', name);
    END $$;

-- That somebody is back who was online within a day, and is connected; false when it is not so.
-- A plan that was made while hardly anybody was online would read all of them, and a SIP server's connection keeps it while they come: no
-- plan may.
CREATE FUNCTION sip.note_return(name text) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off
    AS $$ BEGIN
        -- From here to the end nobody of this name is forgotten (registrations::db::forget_gone).
        IF NOT pg_catalog.pg_try_advisory_xact_lock_shared(20, pg_catalog.hashtext(name)) THEN
            PERFORM pg_catalog.pg_advisory_xact_lock_shared(20, pg_catalog.hashtext(name));
        END IF;
        -- 5: connected, as in domain/account_status.rs.
        INSERT INTO public.live_changes (subject, username)
        SELECT 'registration', name FROM public.account_online o
        WHERE o.username OPERATOR(pg_catalog.=) name AND o.status_order OPERATOR(pg_catalog.=) 5;
        RETURN FOUND;
    END $$;

-- That a registration is over; false when it was of nobody. A null time is one that the SIP server does not tell.
CREATE FUNCTION sip.note_over(name text, registered timestamptz, program text) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off
    AS $$ BEGIN
        UPDATE public.account_online o
        SET ended_at = pg_catalog.now(), registered_at = greatest(o.registered_at, registered), client = program
        WHERE o.username OPERATOR(pg_catalog.=) name;
        IF NOT FOUND THEN RETURN false; END IF;
        INSERT INTO public.live_changes (subject, username) VALUES ('registration', name);
        RETURN true;
    END $$;

CREATE OR REPLACE FUNCTION sip.location_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    AS $$
    DECLARE is_known boolean;
    BEGIN
        IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
            is_known := sip.note_return(new.username);
            IF NOT is_known THEN
                PERFORM sip.note_first(new.username, new.user_agent);
            END IF;
        ELSE
            is_known := sip.note_over(
                old.username,
                CASE WHEN old.last_modified OPERATOR(pg_catalog.<>) 0 THEN pg_catalog.to_timestamp(old.last_modified) END,
                old.user_agent
            );
        END IF;
        RETURN NULL;
    END $$;
CREATE OR REPLACE FUNCTION sip.contact_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE is_known boolean;
    BEGIN
        IF TG_OP = 'INSERT' THEN
            is_known := sip.note_return(new.endpoint);
            IF NOT is_known THEN
                PERFORM sip.note_first(new.endpoint, sip.unescaped(new.user_agent));
            END IF;
        ELSIF TG_OP = 'DELETE' THEN
            is_known := sip.note_over(old.endpoint, NULL, sip.unescaped(old.user_agent));
        ELSIF new.endpoint IS NOT NULL THEN
            INSERT INTO live_changes (subject, username) VALUES ('registration', new.endpoint);
        END IF;
        RETURN NULL;
    END $$;
DROP FUNCTION sip.note_registration(text, boolean, text), sip.note_end(text, timestamptz, text);
REVOKE EXECUTE ON FUNCTION sip.unmapped(inet), sip.note_return(text), sip.note_first(text, text), sip.note_over(text, timestamptz, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION change_account_search() FROM PUBLIC;
