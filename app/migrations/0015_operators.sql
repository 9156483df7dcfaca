-- What operators are asked for beside their passwords, and what their sessions are known by.

ALTER TABLE operators
    -- What codes are made of, sealed with the key of the service. It is here once a code has confirmed it.
    ADD COLUMN totp_sealed     bytea,
    ADD COLUMN totp_since      timestamptz,
    -- The time step of the newest code that was taken: neither it nor one before it is taken again.
    ADD COLUMN totp_last_step  bigint,
    ADD CONSTRAINT operators_totp_whole CHECK ((totp_sealed IS NULL) = (totp_since IS NULL));

-- For who has lost the phone that makes the codes. Each is good once, and goes with its use.
CREATE TABLE operator_recovery_codes (
    operator_id  uuid NOT NULL REFERENCES operators ON DELETE CASCADE,
    code_digest  bytea NOT NULL CHECK (octet_length(code_digest) = 32),
    PRIMARY KEY (operator_id, code_digest)
);

ALTER TABLE sessions
    -- By which a page names a session: it opens nothing.
    ADD COLUMN handle   uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN seen_at  timestamptz NOT NULL DEFAULT now(),
    -- As they were at sign-in.
    ADD COLUMN address  text,
    ADD COLUMN browser  text CHECK (char_length(browser) <= 100);
CREATE UNIQUE INDEX sessions_handle ON sessions (handle);

ALTER TABLE settings ADD COLUMN admins_need_second_factor boolean NOT NULL DEFAULT false;
