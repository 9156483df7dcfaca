-- Which save of an account set its password: of two people who edit at once the second is told that it is another one
-- by now. On the account and not beside the digests, which no query of a page names.
ALTER TABLE accounts ADD COLUMN password_version integer NOT NULL DEFAULT 1;
