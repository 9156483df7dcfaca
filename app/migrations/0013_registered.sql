-- Registered Accounts at a hundred thousand registrations: among the words and in any order, those who may be online are told by
-- a flag of their search texts, which no index has (HOT). Whether the registration is in force says its own row.
ALTER TABLE account_search ADD COLUMN registered boolean NOT NULL DEFAULT false;
UPDATE account_search s SET registered = true
WHERE EXISTS (SELECT FROM sip.registrations r WHERE r.username = s.username COLLATE "default");

CREATE OR REPLACE FUNCTION sip.note_registration(name text, is_new boolean, client text) RETURNS void LANGUAGE plpgsql
    AS $$
    DECLARE account record;
    BEGIN
        SELECT id, last_status INTO account FROM accounts WHERE username = name;
        IF NOT FOUND THEN RETURN; END IF;
        IF is_new THEN
            IF account.last_status <> 'connected' THEN
                -- Of two at the same moment the second waits here, and then sees what the first has done.
                PERFORM FROM accounts WHERE id = account.id AND last_status <> 'connected' FOR NO KEY UPDATE;
                IF FOUND THEN
                    INSERT INTO account_events (account_id, event, client) VALUES (account.id, 'registered', client);
                END IF;
            END IF;
            UPDATE account_search SET registered = true WHERE account_id = account.id AND NOT registered;
        END IF;
        INSERT INTO live_changes (subject, id, account_id) VALUES ('registration', account.id, account.id);
    END $$;

CREATE OR REPLACE FUNCTION sip.note_end(name text, registered timestamptz, program text) RETURNS void LANGUAGE plpgsql
    AS $$
    DECLARE account uuid;
    BEGIN
        SELECT id INTO account FROM accounts WHERE username = name;
        IF NOT FOUND THEN RETURN; END IF;
        UPDATE account_events SET at = greatest(at, note_end.registered), client = program
        WHERE account_id = account AND event = 'registered'
          AND at = (SELECT max(at) FROM account_events WHERE account_id = account AND event = 'registered');
        -- One that comes at the same moment is waited for here, and seen below.
        PERFORM FROM account_search WHERE account_id = account FOR NO KEY UPDATE;
        UPDATE account_search s SET registered = false
        WHERE s.account_id = account AND NOT EXISTS (SELECT FROM sip.registrations r WHERE r.username = name);
        INSERT INTO live_changes (subject, id, account_id) VALUES ('registration', account, account);
    END $$;
