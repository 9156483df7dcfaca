-- How many accounts each group has, of each profile of their own: what lists of groups and profiles tell, for which a million accounts
-- would be read each time. Whoever adds, moves or removes accounts adds a row with the difference, so that nobody waits for anybody; the
-- sum of the rows is the number. Servers add them up once in a while (`groups::db::add_up`).
CREATE TABLE account_counts (
    group_id    uuid NOT NULL,
    -- Null: that of the group.
    profile_id  uuid,
    accounts    bigint NOT NULL
);

CREATE FUNCTION count_accounts() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        INSERT INTO account_counts
        SELECT group_id, profile_id, CASE TG_OP WHEN 'DELETE' THEN -count(*) ELSE count(*) END FROM touched GROUP BY group_id, profile_id;
        RETURN NULL;
    END $$;
CREATE TRIGGER accounts_counted_added AFTER INSERT ON accounts REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION count_accounts();
CREATE TRIGGER accounts_counted_gone AFTER DELETE ON accounts REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION count_accounts();

CREATE FUNCTION count_moved() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        INSERT INTO account_counts VALUES (old.group_id, old.profile_id, -1), (new.group_id, new.profile_id, 1);
        RETURN NULL;
    END $$;
CREATE TRIGGER accounts_counted_moved AFTER UPDATE OF group_id, profile_id ON accounts
    FOR EACH ROW WHEN (old.group_id <> new.group_id OR old.profile_id IS DISTINCT FROM new.profile_id) EXECUTE FUNCTION count_moved();

-- Last: from the first trigger on nobody else writes accounts until this migration is done, so that none is missed while servers that
-- do not know of it are still at work.
INSERT INTO account_counts SELECT group_id, profile_id, count(*) FROM accounts GROUP BY group_id, profile_id;
