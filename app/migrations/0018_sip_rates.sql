-- What each REGISTER costs beyond the SIP server's own row. Functions that change the search path for themselves (SET search_path) cost
-- more than what they do here, and a trigger's condition (WHEN) is read anew for each statement. So these name what they use in full,
-- operators too: they run with the rights of the tables' owner, whatever the caller's search path is.

CREATE OR REPLACE FUNCTION sip.acl_allows(deny cidr[], permit cidr[], source inet) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ BEGIN
        IF pg_catalog.family(source) OPERATOR(pg_catalog.=) 6 AND source OPERATOR(pg_catalog.<<=) '::ffff:0:0/96' THEN
            source := pg_catalog.split_part(pg_catalog.host(source), ':', 4)::pg_catalog.inet;
        END IF;
        RETURN source OPERATOR(pg_catalog.<<=) ANY(permit) OR NOT source OPERATOR(pg_catalog.<<=) ANY(deny);
    END $$;

CREATE OR REPLACE FUNCTION sip.credentials(
    name text, source text, OUT ha1 text, OUT ha1_sha256 text, OUT virtual_phone_number text, OUT call_limit integer,
    OUT keep_alive integer, OUT allowed integer
) LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
    AS $$ BEGIN
        SELECT d.ha1_md5, d.ha1_sha256, a.number, a.call_limit, a.keep_alive::pg_catalog.int4,
               sip.acl_allows(a.deny, a.permit, source::pg_catalog.inet)::pg_catalog.int4
        INTO ha1, ha1_sha256, virtual_phone_number, call_limit, keep_alive, allowed
        FROM public.accounts a JOIN public.account_digests d ON d.account_id OPERATOR(pg_catalog.=) a.id
        WHERE a.username OPERATOR(pg_catalog.=) name AND a.enabled
          AND d.realm OPERATOR(pg_catalog.=) (SELECT s.sip_domain FROM public.settings s);
    END $$;

-- A refresh that moves what a screen shows is told under the username alone: whose account that is, whoever reads it looks up.
ALTER TABLE live_changes ADD COLUMN username text;
CREATE FUNCTION sip.location_refreshed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    AS $$ BEGIN
        IF new.expires OPERATOR(pg_catalog.<>) old.expires OR new.contact OPERATOR(pg_catalog.<>) old.contact
           OR coalesce(new.received, '') OPERATOR(pg_catalog.<>) coalesce(old.received, '')
           OR new.user_agent OPERATOR(pg_catalog.<>) old.user_agent THEN
            INSERT INTO public.live_changes (subject, username) VALUES ('registration', new.username);
        END IF;
        RETURN NULL;
    END $$;
REVOKE EXECUTE ON FUNCTION sip.location_refreshed() FROM PUBLIC;
DROP TRIGGER location_refreshed ON sip.location;
CREATE TRIGGER location_refreshed AFTER UPDATE ON sip.location FOR EACH ROW EXECUTE FUNCTION sip.location_refreshed();

-- Nothing is looked for by the number alone.
ALTER TABLE live_changes DROP CONSTRAINT live_changes_pkey;
