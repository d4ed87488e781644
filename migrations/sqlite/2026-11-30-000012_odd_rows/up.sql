-- Rows that other programs write are input too: what no reader could read, or what would lead people astray, is refused.

-- What stands there already is put right, and the migration fails on none of it. A client id that is no UUID becomes a
-- new one, and one in capitals is written small. A time that is none, or one more than a minute ahead, becomes the moment of this migration; so a chat that a
-- wrong clock has dated 2037 goes on from today. Where this machine's own clock is behind the month of this file, it is
-- that clock that is wrong, and only what is no time at all is replaced.
UPDATE OR IGNORE chat_message SET client_id = lower(client_id) WHERE client_id <> lower(client_id);
UPDATE chat_message SET client_id = lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'
    || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
) WHERE client_id NOT GLOB '????????-????-????-????-????????????' OR replace(client_id, '-', '') GLOB '*[^0-9a-f]*'
    OR length(replace(client_id, '-', '')) <> 32;

CREATE TEMP TABLE bound AS SELECT strftime('%Y-%m-%d %H:%M:%f', 'now') AS now,
    CASE WHEN date('now') > '2026-11-01' THEN julianday('now', '+1 minute') ELSE julianday('9999-12-31') END AS last;
UPDATE chat_message SET created_at = (SELECT now FROM bound)
WHERE created_at IS NOT NULL AND COALESCE(julianday(created_at) > (SELECT last FROM bound), TRUE);
UPDATE chat_message SET retracted_at = (SELECT now FROM bound)
WHERE retracted_at IS NOT NULL AND COALESCE(julianday(retracted_at) > (SELECT last FROM bound), TRUE);
UPDATE doctor_patient_chat SET created_at = (SELECT now FROM bound)
WHERE created_at IS NOT NULL AND COALESCE(julianday(created_at) > (SELECT last FROM bound), TRUE);
UPDATE doctor_patient_chat SET updated_at = (SELECT now FROM bound)
WHERE updated_at IS NOT NULL AND COALESCE(julianday(updated_at) > (SELECT last FROM bound), TRUE);
UPDATE doctor_patient_chat SET waiting_since = (SELECT now FROM bound)
WHERE waiting_since IS NOT NULL AND COALESCE(julianday(waiting_since) > (SELECT last FROM bound), TRUE);
UPDATE doctor_patient_chat SET closed_at = (SELECT now FROM bound)
WHERE closed_at IS NOT NULL AND COALESCE(julianday(closed_at) > (SELECT last FROM bound), TRUE);
-- Whether the patient was told lately, nobody knows.
UPDATE doctor_patient_chat SET notice_at = NULL
WHERE notice_at IS NOT NULL AND COALESCE(julianday(notice_at) > (SELECT last FROM bound), TRUE);
UPDATE chat_member SET read_at = (SELECT now FROM bound)
WHERE read_at IS NOT NULL AND COALESCE(julianday(read_at) > (SELECT last FROM bound), TRUE);
UPDATE chat_member SET delivered_at = (SELECT now FROM bound)
WHERE delivered_at IS NOT NULL AND COALESCE(julianday(delivered_at) > (SELECT last FROM bound), TRUE);
UPDATE chat_member SET revised_at = NULL
WHERE revised_at IS NOT NULL AND COALESCE(julianday(revised_at) > (SELECT last FROM bound), TRUE);
UPDATE "user" SET disabled_at = (SELECT now FROM bound) WHERE disabled_at IS NOT NULL AND julianday(disabled_at) IS NULL;
DROP TABLE bound;
-- A row that named a place further on left its chat unwritable: the next message met it there.
UPDATE doctor_patient_chat SET last_seq = (
    SELECT max(seq) FROM chat_message AS m WHERE m.chat_id = doctor_patient_chat.chat_id
) WHERE last_seq < (SELECT max(seq) FROM chat_message AS m WHERE m.chat_id = doctor_patient_chat.chat_id);

-- As constraints, which SQLite can't add to a table that is there.
CREATE TRIGGER chat_message_insert_is_odd BEFORE INSERT ON chat_message
WHEN new.client_id NOT GLOB '????????-????-????-????-????????????'
    OR replace(new.client_id, '-', '') GLOB '*[^0-9a-f]*' OR length(replace(new.client_id, '-', '')) <> 32
    OR julianday(new.created_at) IS NULL OR new.created_at NOT BETWEEN '0001-01-01' AND '9999-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: client_id is a UUID in lower case, and created_at a time');
END;
CREATE TRIGGER chat_message_update_is_odd BEFORE UPDATE OF client_id, created_at ON chat_message
WHEN new.client_id NOT GLOB '????????-????-????-????-????????????'
    OR replace(new.client_id, '-', '') GLOB '*[^0-9a-f]*' OR length(replace(new.client_id, '-', '')) <> 32
    OR julianday(new.created_at) IS NULL OR new.created_at NOT BETWEEN '0001-01-01' AND '9999-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: client_id is a UUID in lower case, and created_at a time');
END;
CREATE TRIGGER user_disabled_at_is_odd BEFORE UPDATE OF disabled_at ON "user"
WHEN new.disabled_at IS NOT NULL AND julianday(new.disabled_at) IS NULL
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: disabled_at is a time');
END;
