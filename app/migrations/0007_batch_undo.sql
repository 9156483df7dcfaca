-- A batch can be taken back. It stays in the list of batches, and says who has done so.

ALTER TABLE batches
    ADD COLUMN undone_at timestamptz,
    ADD COLUMN undone_by text,
    ADD CONSTRAINT batches_undone CHECK ((undone_at IS NULL) = (undone_by IS NULL));
