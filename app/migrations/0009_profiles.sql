-- What a provisioning profile tells a phone and its user. Every CHECK repeats a rule of app/src/domain/profile_draft.rs.

-- True for the text of an SMS: lines without control characters, and a link in it.
CREATE FUNCTION sms_text(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT char_length(value) <= 1000 AND value !~ '[\x01-\x09\x0b-\x1f\x7f-\x9f]' AND value = btrim(value, E' \n')
                 AND position('{link}' IN value) > 0 $$;

-- True for an address that a stranger's phone may follow.
CREATE FUNCTION download_link(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT char_length(value) <= 500 AND value ~ '^https://[^[:space:]/?#@]+([/?#][^[:space:]]*)?$' $$;

ALTER TABLE provisioning_profiles
    ADD COLUMN support_phone      text CHECK (support_phone ~ '^([0-9]{2,15}|\+[1-9][0-9]{6,14})$'),
    ADD COLUMN support_email      text CHECK (char_length(support_email) <= 254 AND support_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    ADD COLUMN sip_host           text CHECK (sip_host ~ '^[a-z0-9.:-]{1,253}$'),
    ADD COLUMN sip_port           integer CHECK (sip_port BETWEEN 1 AND 65535),
    ADD COLUMN transport          text CHECK (transport IN ('UDP', 'TCP', 'TLS')),
    ADD COLUMN expires_seconds    integer CHECK (expires_seconds BETWEEN 60 AND 86400),
    ADD COLUMN media_encryption   text CHECK (media_encryption IN ('enforced', 'preferred')),
    ADD COLUMN android_link       text CHECK (download_link(android_link)),
    ADD COLUMN ios_link           text CHECK (download_link(ios_link)),
    ADD COLUMN other_link         text CHECK (download_link(other_link)),
    ADD COLUMN link_hours         integer CHECK (link_hours BETWEEN 1 AND 720),
    ADD COLUMN installation_text  text CHECK (sms_text(installation_text)),
    ADD COLUMN activation_text    text CHECK (sms_text(activation_text)),
    -- Counts the saves, so that of two people who edit at once the second is told.
    ADD COLUMN version            integer NOT NULL DEFAULT 1,
    ADD COLUMN created_at         timestamptz NOT NULL DEFAULT now();

-- What is there gets what the form of a new profile opens with, and the service's own server.
UPDATE provisioning_profiles
SET sip_host = (SELECT sip_domain FROM settings),
    sip_port = 5061,
    transport = 'TLS',
    expires_seconds = 3600,
    media_encryption = 'enforced',
    link_hours = 72,
    installation_text = 'Hello {owner}, install the app for your secure phone on this device: {link}',
    activation_text = 'Hello {owner}, activate your secure phone within {hours} hours: {link}';

ALTER TABLE provisioning_profiles
    ALTER COLUMN sip_host SET NOT NULL,
    ALTER COLUMN sip_port SET NOT NULL,
    ALTER COLUMN transport SET NOT NULL,
    ALTER COLUMN expires_seconds SET NOT NULL,
    ALTER COLUMN media_encryption SET NOT NULL,
    ALTER COLUMN link_hours SET NOT NULL,
    ALTER COLUMN installation_text SET NOT NULL,
    ALTER COLUMN activation_text SET NOT NULL;

-- Who uses a profile is counted for the list, and asked before one is deleted; the count needs nothing but the index.
CREATE INDEX groups_profile ON groups (profile_id);
DROP INDEX accounts_profile;
CREATE INDEX accounts_profile ON accounts (profile_id, group_id);

ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_subject_kind_check,
    ADD CONSTRAINT audit_log_subject_kind_check CHECK (subject_kind IN ('account', 'group', 'operator', 'batch', 'profile'));
