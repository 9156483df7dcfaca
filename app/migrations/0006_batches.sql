-- Accounts that came together from one file: what can be told of them, and taken back together.

CREATE TABLE batches (
    -- Chosen by who sends the file: sent twice it is one batch.
    id             uuid PRIMARY KEY,
    file_name      text NOT NULL CHECK (char_length(file_name) BETWEEN 1 AND 255),
    group_id       uuid REFERENCES groups ON DELETE SET NULL,
    operator_id    uuid,
    operator_name  text NOT NULL,
    rows_read      integer NOT NULL CHECK (rows_read > 0),
    created        integer NOT NULL CHECK (created BETWEEN 1 AND rows_read),
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX batches_newest ON batches (created_at DESC, id DESC);

ALTER TABLE accounts ADD COLUMN batch_id uuid REFERENCES batches;
CREATE INDEX accounts_batch ON accounts (batch_id) WHERE batch_id IS NOT NULL;

ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_subject_kind_check,
    ADD CONSTRAINT audit_log_subject_kind_check CHECK (subject_kind IN ('account', 'group', 'operator', 'batch'));
