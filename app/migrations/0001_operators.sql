-- The people who sign in to Ringkey, their sessions, and what slows down guessing.

CREATE TABLE operators (
    id                    uuid PRIMARY KEY,
    name                  text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64 AND name = btrim(name) AND name !~ '[\x01-\x1f\x7f-\x9f]'),
    role                  text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    -- Nothing but an argon2id hash in PHC form gets in.
    password_hash         text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    -- The password was chosen by somebody else: it opens nothing but its own change.
    must_change_password  boolean NOT NULL DEFAULT false,
    disabled_at           timestamptz,
    created_at            timestamptz NOT NULL DEFAULT now(),
    last_sign_in_at       timestamptz
);
CREATE UNIQUE INDEX operators_name_key ON operators (lower(name));

-- Only the SHA-256 of a session id is stored: a copy of this table opens nobody's session.
CREATE TABLE sessions (
    id_hash      bytea PRIMARY KEY CHECK (octet_length(id_hash) = 32),
    operator_id  uuid REFERENCES operators ON DELETE CASCADE,
    data         jsonb NOT NULL,
    expires_at   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_operator ON sessions (operator_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- One row for each address and each name that tried to sign in; rows that say nothing any more are removed.
CREATE TABLE sign_in_limits (
    key            text PRIMARY KEY,
    tokens         double precision NOT NULL DEFAULT 0,
    refilled_at    timestamptz NOT NULL DEFAULT now(),
    failures       integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    blocked_until  timestamptz NOT NULL DEFAULT now()
);
