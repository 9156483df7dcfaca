-- The flag told nothing but that somebody may be online. Servers that still ask for it are told so of everybody, and look at the
-- registration; nobody else reads it.
ALTER TABLE account_search DROP COLUMN registered, ADD COLUMN registered boolean NOT NULL DEFAULT true;
