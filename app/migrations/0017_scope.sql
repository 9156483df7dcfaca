-- What operators who are limited to groups need besides the table of their groups (0014).

-- The batches of some groups, the newest first.
CREATE INDEX batches_group ON batches (group_id, created_at DESC, id DESC);

-- Admins are never limited: who becomes one is not any more, by whatever way.
CREATE FUNCTION admins_are_not_limited() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN DELETE FROM operator_groups WHERE operator_id = new.id; RETURN NULL; END $$;
CREATE TRIGGER operators_admin_not_limited AFTER UPDATE OF role ON operators
    FOR EACH ROW WHEN (new.role = 'admin') EXECUTE FUNCTION admins_are_not_limited();

ALTER TABLE live_changes
    -- The group that an account was in before it was moved: those who see that one alone have to hear of it, too.
    ADD COLUMN left_group uuid,
    DROP CONSTRAINT live_changes_subject_check,
    -- operator: sees other groups from now on.
    ADD CONSTRAINT live_changes_subject_check CHECK (subject IN ('account', 'message', 'registration', 'operator'));

CREATE FUNCTION tell_of_move() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        INSERT INTO live_changes (subject, id, account_id, left_group) VALUES ('account', new.id, new.id, old.group_id);
        RETURN NULL;
    END $$;
CREATE TRIGGER accounts_told_moved AFTER UPDATE OF group_id ON accounts
    FOR EACH ROW WHEN (old.group_id <> new.group_id) EXECUTE FUNCTION tell_of_move();

CREATE FUNCTION tell_of_limit() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        INSERT INTO live_changes (subject, id) VALUES ('operator', coalesce(new.operator_id, old.operator_id));
        RETURN NULL;
    END $$;
CREATE TRIGGER operator_groups_told AFTER INSERT OR DELETE ON operator_groups FOR EACH ROW EXECUTE FUNCTION tell_of_limit();
