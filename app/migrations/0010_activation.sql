-- Automatic activation: what happens to an account, the links that its user gets, and the SMSes that carry them.

-- An account made by wizard or batch is disabled until its phone is activated, and never enabled before.
ALTER TABLE accounts ADD COLUMN awaits_activation boolean NOT NULL DEFAULT false;
UPDATE accounts SET awaits_activation = true
WHERE batch_id IS NOT NULL AND NOT enabled AND last_status NOT IN ('activated', 'connected');
ALTER TABLE accounts ADD CONSTRAINT accounts_awaits_activation CHECK (NOT (enabled AND awaits_activation));

-- Each step of the life cycle with its time, by the clock of the database.
CREATE TABLE account_events (
    account_id  uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    event       text NOT NULL CHECK (event IN ('created', 'installation_sent', 'installation_clicked', 'installed', 'activation_sent',
                                               'activation_clicked', 'activated', 'registered')),
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, event, at)
);

INSERT INTO account_events (account_id, event, at)
SELECT id, 'created', created_at FROM accounts
UNION ALL SELECT id, 'installation_sent', installation_sent_at FROM accounts WHERE installation_sent_at IS NOT NULL
UNION ALL SELECT id, 'installation_clicked', installation_clicked_at FROM accounts WHERE installation_clicked_at IS NOT NULL
UNION ALL SELECT id, 'activation_sent', activation_sent_at FROM accounts WHERE activation_sent_at IS NOT NULL
UNION ALL SELECT id, 'activation_clicked', activation_clicked_at FROM accounts WHERE activation_clicked_at IS NOT NULL
UNION ALL SELECT id, 'registered', last_register_at FROM accounts WHERE last_register_at IS NOT NULL;

ALTER TABLE accounts
    DROP COLUMN installation_sent_at,
    DROP COLUMN installation_clicked_at,
    DROP COLUMN activation_sent_at,
    DROP COLUMN activation_clicked_at,
    DROP COLUMN last_register_at;

CREATE FUNCTION add_created_events() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO account_events (account_id, event, at) SELECT id, 'created', created_at FROM added; RETURN NULL; END $$;
CREATE TRIGGER accounts_created AFTER INSERT ON accounts REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION add_created_events();

-- The status after an event: `AccountStatus::after` in app/src/domain/account_status.rs says the same.
CREATE FUNCTION status_after(status text, event text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE event
        WHEN 'installation_sent' THEN 'installation_sms_sent'
        WHEN 'installed' THEN CASE WHEN status IN ('created', 'installation_sms_sent') THEN 'installed' ELSE status END
        WHEN 'activation_sent' THEN 'activation_sms_sent'
        WHEN 'activated' THEN 'activated'
        WHEN 'registered' THEN 'connected'
        ELSE status END $$;

-- The one place that moves Last Status. What is sent or activated again gets its new time; a phone that registers again does not.
CREATE FUNCTION derive_last_status() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        UPDATE accounts SET last_status = status_after(last_status, new.event), last_status_at = new.at
        WHERE id = new.account_id
          AND (status_after(last_status, new.event) <> last_status OR new.event IN ('installation_sent', 'activation_sent', 'activated'));
        RETURN NULL;
    END $$;
CREATE TRIGGER account_events_status AFTER INSERT ON account_events
    FOR EACH ROW WHEN (new.event <> 'created') EXECUTE FUNCTION derive_last_status();

-- Addresses that are as good as a key. A token is made from its row's id and the key of the service; only its digest is stored.
CREATE TABLE account_links (
    id            uuid PRIMARY KEY,
    account_id    uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    -- Pages of the user: installation, activation. For the phone alone: its configuration, the directory.
    kind          text NOT NULL CHECK (kind IN ('installation', 'activation', 'configuration', 'directory')),
    token_sha256  bytea NOT NULL CONSTRAINT account_links_token_key UNIQUE CHECK (octet_length(token_sha256) = 32),
    -- The activation link whose button has opened this configuration.
    opened_by     uuid REFERENCES account_links ON DELETE CASCADE,
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- Null: good until it is replaced.
    expires_at    timestamptz,
    used_at       timestamptz,
    replaced_at   timestamptz
);
-- A new link kills the old one: two of a kind are never good at once.
CREATE UNIQUE INDEX account_links_live ON account_links (account_id, kind) WHERE used_at IS NULL AND replaced_at IS NULL;
CREATE INDEX account_links_account ON account_links (account_id);
CREATE INDEX account_links_opened_by ON account_links (opened_by) WHERE opened_by IS NOT NULL;

-- Every SMS, as the outbox from which it is sent and as the log of what became of it.
CREATE TABLE messages (
    -- Chosen by whoever presses the button: pressed twice it is one SMS.
    id             uuid PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN ('installation', 'activation', 'test')),
    account_id     uuid REFERENCES accounts ON DELETE SET NULL,
    link_id        uuid REFERENCES account_links ON DELETE SET NULL,
    -- Who got it, as of then: the log outlives the account.
    owner          text,
    username       text,
    number         text NOT NULL CHECK (number ~ '^\+[1-9][0-9]{6,14}$'),
    -- The sign U+E000 stands where the link goes: the link itself is nowhere in the database.
    text           text NOT NULL CHECK (text <> ''),
    coding         text NOT NULL CHECK (coding IN ('gsm7', 'ucs2')),
    parts          smallint NOT NULL CHECK (parts > 0),
    state          text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'accepted', 'delivered', 'failed', 'unknown')),
    -- What the gateway, or Ringkey, says about the state.
    reason         text,
    gateway        text,
    gateway_id     text,
    tries          smallint NOT NULL DEFAULT 0,
    next_try_at    timestamptz NOT NULL DEFAULT now(),
    -- While it is being sent; after this time whoever sends it is dead.
    lease_until    timestamptz,
    give_up_at     timestamptz NOT NULL,
    operator_id    uuid,
    operator_name  text NOT NULL,
    queued_at      timestamptz NOT NULL DEFAULT now(),
    sending_at     timestamptz,
    accepted_at    timestamptz,
    ended_at       timestamptz,
    CONSTRAINT messages_lease CHECK ((state = 'sending') = (lease_until IS NOT NULL))
);
CREATE INDEX messages_due ON messages (next_try_at) WHERE state = 'queued';
CREATE INDEX messages_leased ON messages (lease_until) WHERE state = 'sending';
CREATE INDEX messages_newest ON messages (queued_at DESC, id DESC);
CREATE INDEX messages_account ON messages (account_id, queued_at DESC, id DESC) WHERE account_id IS NOT NULL;
CREATE INDEX messages_link ON messages (link_id) WHERE link_id IS NOT NULL;
CREATE INDEX messages_gateway_id ON messages (gateway_id) WHERE gateway_id IS NOT NULL;

-- How SMSes leave. Secrets are sealed with the key of the service, which is not in the database.
CREATE TABLE sms_settings (
    only_row                boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version                 integer NOT NULL DEFAULT 1,
    gateway                 text NOT NULL DEFAULT 'development' CHECK (gateway IN ('development', 'kannel', 'twilio')),
    kannel_url              text CHECK (char_length(kannel_url) <= 500 AND kannel_url ~ '^https?://[^[:space:]/?#@]+(/[^[:space:]?#]*)?$'),
    kannel_username         text CHECK (char_length(kannel_username) <= 100 AND one_line(kannel_username)),
    kannel_password_sealed  bytea,
    kannel_sender           text CHECK (char_length(kannel_sender) <= 20 AND one_line(kannel_sender)),
    twilio_url              text CHECK (char_length(twilio_url) <= 500 AND twilio_url ~ '^https?://[^[:space:]/?#@]+(/[^[:space:]?#]*)?$'),
    twilio_account_sid      text CHECK (char_length(twilio_account_sid) <= 100 AND one_line(twilio_account_sid)),
    twilio_token_sealed     bytea,
    twilio_sender           text CHECK (char_length(twilio_sender) <= 40 AND one_line(twilio_sender)),
    per_number_hour         integer NOT NULL DEFAULT 5 CHECK (per_number_hour BETWEEN 1 AND 100000),
    per_operator_hour       integer NOT NULL DEFAULT 500 CHECK (per_operator_hour BETWEEN 1 AND 100000),
    per_hour                integer NOT NULL DEFAULT 2000 CHECK (per_hour BETWEEN 1 AND 100000),
    -- Empty: every country.
    country_prefixes        text[] NOT NULL DEFAULT '{}',
    CONSTRAINT sms_settings_kannel CHECK (gateway <> 'kannel'
        OR (kannel_url IS NOT NULL AND kannel_username IS NOT NULL AND kannel_password_sealed IS NOT NULL)),
    CONSTRAINT sms_settings_twilio CHECK (gateway <> 'twilio'
        OR (twilio_account_sid IS NOT NULL AND twilio_token_sealed IS NOT NULL AND twilio_sender IS NOT NULL))
);
INSERT INTO sms_settings DEFAULT VALUES;

-- How many SMSes were queued in the hour that began at `since`: for a number, an operator, and all together.
CREATE TABLE sms_counts (
    key    text PRIMARY KEY,
    since  timestamptz NOT NULL DEFAULT now(),
    count  integer NOT NULL CHECK (count > 0)
);

-- Addresses from which unknown links were tried; `tokens` come back with time.
CREATE TABLE link_limits (
    key          text PRIMARY KEY,
    tokens       double precision NOT NULL,
    refilled_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What screens that are open should look at again. Nothing depends on it for long, so it need not survive a crash: after one,
-- screens look at everything again.
CREATE UNLOGGED TABLE live_changes (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Sequence numbers become visible in another order than they are drawn; transactions are told apart by this.
    transaction  xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at           timestamptz NOT NULL DEFAULT now(),
    subject      text NOT NULL CHECK (subject IN ('account', 'message')),
    -- Null: many of them.
    id           uuid,
    -- The account that a message is about.
    account_id   uuid
);
CREATE INDEX live_changes_transaction ON live_changes (transaction);
CREATE INDEX live_changes_at ON live_changes (at);

-- Whole statements at a time: thousands of accounts are changed in one.
CREATE FUNCTION tell_of_accounts() RETURNS trigger LANGUAGE plpgsql
    AS $$
    DECLARE many boolean;
    BEGIN
        SELECT count(*) > 200 INTO many FROM (SELECT FROM touched LIMIT 201) few;
        IF many THEN
            INSERT INTO live_changes (subject) VALUES ('account');
        ELSE
            INSERT INTO live_changes (subject, id, account_id) SELECT 'account', id, id FROM touched;
        END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER accounts_told_added AFTER INSERT ON accounts REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION tell_of_accounts();
CREATE TRIGGER accounts_told_changed AFTER UPDATE ON accounts REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION tell_of_accounts();
CREATE TRIGGER accounts_told_gone AFTER DELETE ON accounts REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION tell_of_accounts();

CREATE FUNCTION tell_of_messages() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        INSERT INTO live_changes (subject, id, account_id) VALUES ('message', new.id, new.account_id);
        RETURN NULL;
    END $$;
CREATE TRIGGER messages_told AFTER INSERT OR UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION tell_of_messages();

ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_subject_kind_check,
    ADD CONSTRAINT audit_log_subject_kind_check
        CHECK (subject_kind IN ('account', 'group', 'operator', 'batch', 'profile', 'settings', 'message'));
