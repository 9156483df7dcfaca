-- Groups, provisioning profiles, accounts, and what remembers them. Every CHECK repeats a rule of app/src/domain:
-- what slips past the browser and the server stops here.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- One row: what the whole service shares. The SIP domain is the realm of every stored digest.
CREATE TABLE settings (
    only_row            boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sip_domain          text NOT NULL CHECK (sip_domain ~ '^[a-z0-9.:-]{1,253}$'),
    keep_alive_seconds  integer NOT NULL DEFAULT 60 CHECK (keep_alive_seconds BETWEEN 10 AND 3600)
);
INSERT INTO settings (sip_domain) VALUES ('sip.localhost');

-- True for text that holds no control character (Unicode Cc), which no name or note needs.
CREATE FUNCTION one_line(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT value !~ '[\x01-\x1f\x7f-\x9f]' AND value = btrim(value) AND value <> '' $$;

CREATE TABLE provisioning_profiles (
    id          uuid PRIMARY KEY,
    name        text NOT NULL CHECK (char_length(name) <= 100 AND one_line(name)),
    is_default  boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX provisioning_profiles_name_key ON provisioning_profiles (lower(name));
CREATE UNIQUE INDEX provisioning_profiles_default_key ON provisioning_profiles (is_default) WHERE is_default;
INSERT INTO provisioning_profiles (id, name, is_default) VALUES ('00000000-0000-7000-8000-000000000001', 'Default', true);

CREATE TABLE groups (
    id          uuid PRIMARY KEY,
    name        text NOT NULL CHECK (char_length(name) <= 100 AND one_line(name)),
    company     text CHECK (char_length(company) <= 100 AND one_line(company)),
    email       text CHECK (char_length(email) <= 254 AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    profile_id  uuid REFERENCES provisioning_profiles,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX groups_name_key ON groups (lower(name));

CREATE TABLE accounts (
    id              uuid PRIMARY KEY,
    group_id        uuid NOT NULL REFERENCES groups,
    username        text NOT NULL CONSTRAINT accounts_username_key UNIQUE CHECK (username ~ '^[0-9]{3,20}$'),
    -- An extension, or an international number with its +.
    number          text NOT NULL CHECK (number ~ '^([0-9]{2,15}|\+[1-9][0-9]{6,14})$'),
    number_digits   text NOT NULL GENERATED ALWAYS AS (ltrim(number, '+')) STORED CONSTRAINT accounts_number_key UNIQUE,
    owner           text CHECK (char_length(owner) <= 100 AND one_line(owner)),
    email           text CHECK (char_length(email) <= 254 AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    description     text CHECK (char_length(description) <= 500 AND description !~ '[\x01-\x08\x0b-\x1f\x7f-\x9f]' AND description <> ''),
    visible         boolean NOT NULL DEFAULT true,
    call_limit      smallint NOT NULL DEFAULT 2 CHECK (call_limit BETWEEN 1 AND 100),
    keep_alive      boolean NOT NULL DEFAULT false,
    profile_id      uuid REFERENCES provisioning_profiles,
    account_type    text NOT NULL CHECK (account_type IN ('PGSM', 'SNOM')),
    security_model  text NOT NULL CHECK (security_model IN ('SDES', 'ZRTP')),
    -- Null is obfuscation OFF.
    obfuscation_key integer CHECK (obfuscation_key BETWEEN 0 AND 65535),
    mac             macaddr,
    deny            cidr[] NOT NULL DEFAULT '{}',
    permit          cidr[] NOT NULL DEFAULT '{}',
    enabled         boolean NOT NULL,
    last_status     text NOT NULL CHECK (last_status IN
                        ('created', 'installation_sms_sent', 'installed', 'activation_sms_sent', 'activated', 'connected')),
    last_status_at  timestamptz NOT NULL DEFAULT now(),
    created_at              timestamptz NOT NULL DEFAULT now(),
    installation_sent_at    timestamptz,
    installation_clicked_at timestamptz,
    activation_sent_at      timestamptz,
    activation_clicked_at   timestamptz,
    last_register_at        timestamptz,
    -- Counts the saves, so that of two people who edit at once the second is told.
    version         integer NOT NULL DEFAULT 1,
    -- What the filter box looks in.
    search          text NOT NULL GENERATED ALWAYS AS (lower(
                        coalesce(owner, '') || E'\n' || username || E'\n' || number || E'\n' || coalesce(email, '') || E'\n' || coalesce(description, '')
                    )) STORED,
    CONSTRAINT accounts_snom_is_sdes CHECK (account_type = 'PGSM' OR (security_model = 'SDES' AND obfuscation_key IS NULL)),
    CONSTRAINT accounts_pgsm_has_no_lan CHECK (account_type = 'SNOM' OR (mac IS NULL AND deny = '{}' AND permit = '{}'))
);
CREATE INDEX accounts_group ON accounts (group_id, last_status_at DESC, id DESC);
CREATE INDEX accounts_newest ON accounts (last_status_at DESC, id DESC);
CREATE INDEX accounts_profile ON accounts (profile_id) WHERE profile_id IS NOT NULL;
CREATE INDEX accounts_search ON accounts USING gin (search gin_trgm_ops);

-- The digests stand apart from the accounts, so that no SELECT of an account can carry one away (RFC 7616 section 3.4.2, A1).
CREATE TABLE account_digests (
    account_id  uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    realm       text NOT NULL,
    ha1_md5     text NOT NULL CHECK (ha1_md5 ~ '^[0-9a-f]{32}$'),
    ha1_sha256  text NOT NULL CHECK (ha1_sha256 ~ '^[0-9a-f]{64}$')
);

-- What remains of a deleted account: enough to keep its number in quarantine and to name it in the history.
CREATE TABLE account_tombstones (
    id             uuid PRIMARY KEY,
    group_id       uuid NOT NULL,
    username       text NOT NULL,
    number         text NOT NULL,
    number_digits  text NOT NULL GENERATED ALWAYS AS (ltrim(number, '+')) STORED,
    owner          text,
    account_type   text NOT NULL,
    created_at     timestamptz NOT NULL,
    deleted_at     timestamptz NOT NULL DEFAULT now(),
    deleted_by     uuid
);
CREATE INDEX account_tombstones_number ON account_tombstones (number_digits);
CREATE INDEX account_tombstones_username ON account_tombstones (username);

-- Who did what. `changes` holds a list of {field, before, after}, and never a password or a digest.
CREATE TABLE audit_log (
    id             uuid PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT now(),
    operator_id    uuid,
    operator_name  text NOT NULL,
    address        text,
    action         text NOT NULL,
    subject_kind   text NOT NULL CHECK (subject_kind IN ('account', 'group', 'operator')),
    subject_id     uuid NOT NULL,
    subject_name   text NOT NULL,
    changes        jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX audit_log_subject ON audit_log (subject_id, at DESC);

-- The history only grows.
CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();
