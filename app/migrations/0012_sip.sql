-- What a SIP server reads and writes, in a schema of its own: views in the shapes that Kamailio and Asterisk ask for, the tables
-- in which they keep registrations, and a role that sees these and nothing else.
--
-- An account whose password was made for another SIP domain is in none of the views: its digests would fit nothing. Nor is one
-- that is disabled.

CREATE SCHEMA sip;

ALTER TABLE settings
    -- What the form of a new provisioning profile opens with.
    ADD COLUMN sip_port       integer NOT NULL DEFAULT 5061 CHECK (sip_port BETWEEN 1 AND 65535),
    ADD COLUMN sip_transport  text NOT NULL DEFAULT 'TLS' CHECK (sip_transport IN ('UDP', 'TCP', 'TLS')),
    -- What the SIP server asks phones for: one for all.
    ADD COLUMN sip_digest     text NOT NULL DEFAULT 'MD5' CHECK (sip_digest IN ('MD5', 'SHA-256')),
    -- Counts the saves, so that of two people who edit at once the second is told.
    ADD COLUMN version        integer NOT NULL DEFAULT 1;

-- Whose password is for another SIP domain: with one for all, the index has nothing to tell and tells it at once.
CREATE INDEX account_digests_realm ON account_digests (realm);

-- Deny and Permit about an address: `Acl::decide` in app/src/domain/acl says the same. All deny rules come before all permit
-- rules and the last that matches wins, so any permit rule that matches does. An IPv4-mapped address is judged as IPv4.
CREATE FUNCTION sip.acl_allows(deny cidr[], permit cidr[], source inet) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    DECLARE judged inet := CASE WHEN family(source) = 6 AND source <<= '::ffff:0:0/96' THEN split_part(host(source), ':', 4)::inet
                                ELSE source END;
    BEGIN
        RETURN judged <<= ANY(permit) OR NOT judged <<= ANY(deny);
    END $$;

-- What a REGISTER or a call from this address is judged by: the digests of the username's account, what it may do, and whether its
-- rules let the address in (1 or 0). Nulls when there is none in service. In PL/pgSQL, which plans once for a connection what SQL
-- would plan for each REGISTER.
CREATE FUNCTION sip.credentials(
    name text, source text, OUT ha1 text, OUT ha1_sha256 text, OUT virtual_phone_number text, OUT call_limit integer,
    OUT keep_alive integer, OUT allowed integer
) LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE deny cidr[]; permit cidr[];
    BEGIN
        SELECT d.ha1_md5, d.ha1_sha256, a.number, a.call_limit, a.keep_alive::integer, a.deny, a.permit
        INTO ha1, ha1_sha256, virtual_phone_number, call_limit, keep_alive, deny, permit
        FROM accounts a JOIN account_digests d ON d.account_id = a.id
        WHERE a.username = name AND a.enabled AND d.realm = (SELECT sip_domain FROM settings);
        allowed := sip.acl_allows(deny, permit, source::inet)::integer;
    END $$;

-- The accounts that a SIP server knows. The views below hand out `username` as varchar without a length: a cast to varchar(n) would
-- hide the column from its index, and each REGISTER would read every account.
CREATE VIEW sip.accounts_in_service AS
    SELECT a.id, a.username, a.number, a.number_digits, a.call_limit, a.keep_alive, a.security_model, a.deny, a.permit,
           s.sip_domain, s.keep_alive_seconds, d.ha1_md5, d.ha1_sha256
    FROM accounts a JOIN account_digests d ON d.account_id = a.id JOIN settings s ON s.sip_domain = d.realm
    WHERE a.enabled;

-- Kamailio: auth_db. Without the columns `password` and `ha1b` of its own table, which hold what Ringkey does not keep.
CREATE VIEW sip.subscriber AS
    SELECT username::varchar AS username, sip_domain::varchar(64) AS domain, ha1_md5::varchar(128) AS ha1,
           ha1_sha256::varchar(128) AS ha1_sha256, number AS virtual_phone_number, call_limit::integer AS call_limit,
           keep_alive::integer AS keep_alive, (deny <> '{}' OR permit <> '{}')::integer AS has_rules
    FROM sip.accounts_in_service;

-- Who is called by a number, given by its digits.
CREATE VIEW sip.numbers AS
    SELECT number_digits AS number, username, call_limit::integer AS call_limit FROM sip.accounts_in_service;

-- Asterisk: the digests as every version with res_pjsip reads them …
CREATE VIEW sip.ps_auths AS
    SELECT username::varchar AS id, 'md5'::varchar(40) AS auth_type, ha1_md5::varchar(40) AS md5_cred,
           sip_domain::varchar(255) AS realm, username::varchar AS username
    FROM sip.accounts_in_service;
-- … and as 20.12, 21.7 and 22.2 can read them, with SHA-256 (RFC 8760). An older one refuses the row for its columns. The algorithms
-- of a client (`uac`) are named although none is meant: by default there is MD5, and for want of its digest the row would be refused.
CREATE VIEW sip.ps_auths_sha256 AS
    SELECT username::varchar AS id, 'digest'::varchar(40) AS auth_type,
           ('SHA-256:' || ha1_sha256)::varchar(1024) AS password_digest, 'SHA-256'::varchar(1024) AS supported_algorithms_uas,
           'SHA-256'::varchar(1024) AS supported_algorithms_uac,
           sip_domain::varchar(255) AS realm, username::varchar AS username
    FROM sip.accounts_in_service;

-- `contact` is never set, but Asterisk also asks for the rows that have one.
CREATE VIEW sip.ps_aors AS
    SELECT username::varchar AS id, NULL::varchar(255) AS contact, 1 AS max_contacts, 'yes'::text AS remove_existing,
           CASE WHEN keep_alive THEN keep_alive_seconds ELSE 0 END AS qualify_frequency
    FROM sip.accounts_in_service;

-- Asterisk takes columns as options in their order, and `deny` after `permit` would say something else: the rules are one value,
-- in which `!` turns a permit rule into a deny rule.
CREATE VIEW sip.ps_endpoints AS
    SELECT username::varchar AS id, username::varchar AS aors, username::varchar AS auth, 'ringkey'::varchar(40) AS context,
           'all'::varchar(200) AS disallow, 'opus,alaw,ulaw'::varchar(200) AS allow,
           -- ZRTP is spoken from phone to phone: the server stands in no one's way.
           CASE security_model WHEN 'ZRTP' THEN 'yes' ELSE 'no' END AS direct_media,
           CASE security_model WHEN 'SDES' THEN 'sdes' ELSE 'no' END AS media_encryption,
           'yes'::text AS force_rport, 'yes'::text AS rewrite_contact, 'yes'::text AS rtp_symmetric,
           ('<' || number || '>')::varchar(40) AS callerid,
           ('CALL_LIMIT=' || call_limit)::text AS set_var,
           nullif(array_to_string(array(SELECT '!' || rule FROM unnest(deny) rule) || permit::text[], ','), '') AS permit
    FROM sip.accounts_in_service;

-- Registrations as Kamailio keeps them: its table `location`, version 9, with times in seconds since 1970 (usrloc expires_type=1).
-- Without indexes on what each REGISTER changes, a refresh touches no index at all.
CREATE TABLE sip.location (
    id             bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ruid           varchar(64) NOT NULL DEFAULT '' CONSTRAINT location_ruid_idx UNIQUE,
    username       varchar(64) NOT NULL DEFAULT '',
    domain         varchar(64),
    contact        varchar(512) NOT NULL DEFAULT '',
    received       varchar(128),
    path           varchar(512),
    expires        bigint NOT NULL DEFAULT 0,
    q              real NOT NULL DEFAULT 1.0,
    callid         varchar(255) NOT NULL DEFAULT 'Default-Call-ID',
    cseq           integer NOT NULL DEFAULT 1,
    last_modified  bigint NOT NULL DEFAULT 0,
    flags          integer NOT NULL DEFAULT 0,
    cflags         integer NOT NULL DEFAULT 0,
    user_agent     varchar(255) NOT NULL DEFAULT '',
    socket         varchar(64),
    methods        integer,
    instance       varchar(255),
    reg_id         integer NOT NULL DEFAULT 0,
    server_id      integer NOT NULL DEFAULT 0,
    connection_id  integer NOT NULL DEFAULT 0,
    keepalive      integer NOT NULL DEFAULT 0,
    partition      integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX location_username ON sip.location (username);

-- Registrations as Asterisk keeps them: its table `ps_contacts`. `endpoint` is the username. Those of an account are found by how
-- their `id` begins (LIKE), which an index serves in the order of "C" only.
CREATE TABLE sip.ps_contacts (
    id                    varchar(255) COLLATE "C" NOT NULL UNIQUE,
    uri                   varchar(511),
    expiration_time       bigint,
    qualify_frequency     integer,
    outbound_proxy        varchar(255),
    path                  text,
    user_agent            varchar(255),
    qualify_timeout       double precision,
    reg_server            varchar(255),
    authenticate_qualify  varchar(5),
    via_addr              varchar(40),
    via_port              integer,
    call_id               varchar(255),
    endpoint              varchar(255),
    prune_on_boot         varchar(5),
    qualify_2xx_only      varchar(5)
) WITH (fillfactor = 70);
CREATE INDEX ps_contacts_endpoint ON sip.ps_contacts (endpoint);

-- Asterisk writes `;` as `^3B` and `^` as `^5E`, since it takes `;` for the end of a value where it reads.
CREATE FUNCTION sip.unescaped(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT replace(replace(written, '^3B', ';'), '^5E', '^') $$;

-- Every registration, whichever server keeps it. Times are seconds since 1970; one whose `expires` is over is none any more. The
-- types of both halves have to be the same, or a username is looked for in all rows.
CREATE VIEW sip.registrations AS
    SELECT username::text AS username, contact::text AS contact, received::text AS received, socket::text AS socket,
           user_agent::text AS user_agent, expires, nullif(last_modified, 0) AS registered
    FROM sip.location
    UNION ALL
    SELECT endpoint::text, sip.unescaped(uri), NULL::text, NULL::text, sip.unescaped(user_agent), expiration_time, NULL::bigint
    FROM sip.ps_contacts;

-- The program with which a phone has registered, as it calls itself (User-Agent, RFC 3261 section 20.41).
ALTER TABLE account_events ADD COLUMN client varchar(255) CHECK (client IS NULL OR event = 'registered');

-- What a server tells by writing a registration: that an account is there for the first time, or there again. Each refresh is a
-- write of the server's row alone.
CREATE FUNCTION sip.note_registration(name text, is_new boolean, client text) RETURNS void LANGUAGE plpgsql
    AS $$
    DECLARE account record;
    BEGIN
        SELECT id, last_status INTO account FROM accounts WHERE username = name;
        IF NOT FOUND THEN RETURN; END IF;
        IF is_new AND account.last_status <> 'connected' THEN
            -- Of two at the same moment the second waits here, and then sees what the first has done.
            PERFORM FROM accounts WHERE id = account.id AND last_status <> 'connected' FOR NO KEY UPDATE;
            IF FOUND THEN
                INSERT INTO account_events (account_id, event, client) VALUES (account.id, 'registered', client);
            END IF;
        END IF;
        INSERT INTO live_changes (subject, id, account_id) VALUES ('registration', account.id, account.id);
    END $$;

-- That a registration is over. Until then its row holds the time of the last REGISTER and the phone's program; from now on the
-- event does. A null time is one that the server does not tell.
CREATE FUNCTION sip.note_end(name text, registered timestamptz, program text) RETURNS void LANGUAGE plpgsql
    AS $$
    DECLARE account uuid;
    BEGIN
        SELECT id INTO account FROM accounts WHERE username = name;
        IF NOT FOUND THEN RETURN; END IF;
        UPDATE account_events SET at = greatest(at, registered), client = program
        WHERE account_id = account AND event = 'registered'
          AND at = (SELECT max(at) FROM account_events WHERE account_id = account AND event = 'registered');
        INSERT INTO live_changes (subject, id, account_id) VALUES ('registration', account, account);
    END $$;

CREATE FUNCTION sip.location_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ BEGIN
        IF TG_OP = 'DELETE' THEN
            PERFORM sip.note_end(old.username, to_timestamp(nullif(old.last_modified, 0)), old.user_agent);
        ELSE
            PERFORM sip.note_registration(new.username, TG_OP = 'INSERT', new.user_agent);
        END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER location_changed AFTER INSERT OR DELETE ON sip.location FOR EACH ROW EXECUTE FUNCTION sip.location_changed();
-- A row is also written for what no screen shows.
CREATE TRIGGER location_refreshed AFTER UPDATE ON sip.location
    FOR EACH ROW WHEN ((old.expires, old.contact, old.received, old.user_agent) IS DISTINCT FROM
                       (new.expires, new.contact, new.received, new.user_agent))
    EXECUTE FUNCTION sip.location_changed();

CREATE FUNCTION sip.contact_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ BEGIN
        IF TG_OP = 'DELETE' THEN
            PERFORM sip.note_end(old.endpoint, NULL, sip.unescaped(old.user_agent));
        ELSE
            PERFORM sip.note_registration(new.endpoint, TG_OP = 'INSERT', sip.unescaped(new.user_agent));
        END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER contact_changed AFTER INSERT OR DELETE ON sip.ps_contacts FOR EACH ROW EXECUTE FUNCTION sip.contact_changed();
CREATE TRIGGER contact_refreshed AFTER UPDATE ON sip.ps_contacts
    FOR EACH ROW WHEN ((old.expiration_time, old.uri, old.user_agent) IS DISTINCT FROM (new.expiration_time, new.uri, new.user_agent))
    EXECUTE FUNCTION sip.contact_changed();

-- Registrations that Kamailio has to forget, too: what it answers calls from is its memory.
CREATE TABLE sip.drops (
    username  text NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Each that is added looks for those that nobody has asked for, also when all registrations are dropped at once.
CREATE INDEX drops_at ON sip.drops (at);

-- Ends the registrations of a username; gives how many there were.
CREATE FUNCTION sip.drop_registrations(name text) RETURNS integer
    LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE of_kamailio integer; of_asterisk integer;
    BEGIN
        DELETE FROM sip.location WHERE username = name;
        GET DIAGNOSTICS of_kamailio = ROW_COUNT;
        IF of_kamailio > 0 THEN
            -- What a server has not asked for in an hour, it will read anew when it is back.
            DELETE FROM sip.drops WHERE at < now() - interval '1 hour';
            INSERT INTO sip.drops (username) VALUES (name);
        END IF;
        DELETE FROM sip.ps_contacts WHERE endpoint = name;
        GET DIAGNOSTICS of_asterisk = ROW_COUNT;
        RETURN of_kamailio + of_asterisk;
    END $$;

-- The usernames that Kamailio has to forget, each told once. Who has registered anew meanwhile stays.
CREATE FUNCTION sip.take_drops() RETURNS SETOF text
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ WITH taken AS (DELETE FROM sip.drops RETURNING username)
          SELECT DISTINCT username FROM taken t WHERE NOT EXISTS (SELECT FROM sip.location l WHERE l.username = t.username) $$;

-- Whose account is disabled, deleted, renamed or gets another password is not online any more.
CREATE FUNCTION sip.drop_changed() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM sip.drop_registrations(old.username); RETURN CASE TG_OP WHEN 'DELETE' THEN old ELSE new END; END $$;
CREATE TRIGGER accounts_drop_changed AFTER UPDATE OF enabled, username ON accounts
    FOR EACH ROW WHEN ((old.enabled AND NOT new.enabled) OR old.username <> new.username) EXECUTE FUNCTION sip.drop_changed();
-- Before its events are gone, with which a server that ends a registration has to do as well.
CREATE TRIGGER accounts_drop_deleted BEFORE DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION sip.drop_changed();

CREATE FUNCTION sip.drop_rekeyed() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM sip.drop_registrations(username) FROM accounts WHERE id = new.account_id; RETURN NULL; END $$;
CREATE TRIGGER account_digests_drop AFTER UPDATE ON account_digests
    FOR EACH ROW WHEN (old.ha1_sha256 <> new.ha1_sha256) EXECUTE FUNCTION sip.drop_rekeyed();

ALTER TABLE live_changes
    DROP CONSTRAINT live_changes_subject_check,
    ADD CONSTRAINT live_changes_subject_check CHECK (subject IN ('account', 'message', 'registration'));
-- Every REGISTER adds a row, and what is stale goes once in a while.
DROP INDEX live_changes_at;

-- The role `ringkey_sip`: made, where Ringkey may make roles, and given what a SIP server needs. Without a password it comes in
-- only where Postgres asks for none. Called at each start, since somebody else may have made the role meanwhile; gives whether
-- there is one.
CREATE FUNCTION sip.admit_server() RETURNS boolean LANGUAGE plpgsql
    AS $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ringkey_sip') THEN
            BEGIN
                CREATE ROLE ringkey_sip LOGIN;
            EXCEPTION
                WHEN insufficient_privilege THEN RETURN false;
                -- Another database of the same Postgres was faster.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        IF has_function_privilege('ringkey_sip', 'sip.take_drops()', 'EXECUTE') THEN
            RETURN true;
        END IF;
        GRANT USAGE ON SCHEMA sip TO ringkey_sip;
        GRANT SELECT ON sip.subscriber, sip.numbers, sip.ps_auths, sip.ps_auths_sha256, sip.ps_aors, sip.ps_endpoints TO ringkey_sip;
        GRANT SELECT, INSERT, UPDATE, DELETE ON sip.location, sip.ps_contacts TO ringkey_sip;
        GRANT EXECUTE ON FUNCTION sip.credentials(text, text), sip.take_drops() TO ringkey_sip;
        RETURN true;
    END $$;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA sip FROM PUBLIC;
SELECT sip.admit_server();
