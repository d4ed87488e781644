-- Which of a chat's two people has a disabled account. Nobody writes in the chat then: nobody would read it.
ALTER TABLE doctor_patient_chat ADD COLUMN disabled_member TEXT
    CHECK (disabled_member IN ('doctor', 'patient', 'both'));
-- Whether the clinic's admin closed the chat; otherwise the doctor did.
ALTER TABLE doctor_patient_chat ADD COLUMN closed_by_clinic BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE doctor_patient_chat AS c
SET disabled_member = CASE
    WHEN d.disabled_at IS NOT NULL AND p.disabled_at IS NOT NULL THEN 'both'
    WHEN d.disabled_at IS NOT NULL THEN 'doctor'
    ELSE 'patient'
END
FROM "user" AS d, "user" AS p
WHERE d.id = c.doctor_id AND p.id = c.patient_id AND (d.disabled_at IS NOT NULL OR p.disabled_at IS NOT NULL);

-- The same index as on SQLite, where open pages are told of it.
CREATE INDEX user_disabled_id ON "user" (id) WHERE disabled_at IS NOT NULL;

-- Notes it in somebody's chats that nobody holds at the moment: a program that keeps one locked must not keep an account
-- open. Bedside goes on with those that were left out (`chat/disabled.rs`).
CREATE FUNCTION bedside_note_disabled_in_chats(who BIGINT) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = "$user", public, pg_temp AS $$
    WITH free AS MATERIALIZED (
        SELECT chat_id FROM doctor_patient_chat WHERE doctor_id = who OR patient_id = who
        ORDER BY chat_id FOR NO KEY UPDATE SKIP LOCKED
    ), members AS MATERIALIZED (
        SELECT c.chat_id, CASE
            WHEN d.disabled_at IS NOT NULL AND p.disabled_at IS NOT NULL THEN 'both'
            WHEN d.disabled_at IS NOT NULL THEN 'doctor'
            WHEN p.disabled_at IS NOT NULL THEN 'patient'
        END AS disabled
        FROM doctor_patient_chat AS c
        JOIN free USING (chat_id) JOIN "user" AS d ON d.id = c.doctor_id JOIN "user" AS p ON p.id = c.patient_id
    ), noted AS (
        UPDATE doctor_patient_chat AS c SET revision = revision + 1, disabled_member = members.disabled
        FROM members WHERE c.chat_id = members.chat_id AND c.disabled_member IS DISTINCT FROM members.disabled
        RETURNING c.chat_id
    )
    UPDATE chat_member SET revised_at = now() AT TIME ZONE 'UTC' WHERE chat_id IN (SELECT chat_id FROM noted);
$$;

-- The few chats of which an account is disabled, and may have been opened again.
CREATE INDEX doctor_patient_chat_disabled ON doctor_patient_chat (chat_id) WHERE disabled_member IS NOT NULL;

-- Goes on with chats that were left out.
CREATE FUNCTION bedside_note_disabled_left() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    who BIGINT;
BEGIN
    FOR who IN
        SELECT u.id FROM "user" AS u JOIN doctor_patient_chat AS c ON c.doctor_id = u.id
        WHERE u.disabled_at IS NOT NULL AND COALESCE(c.disabled_member, 'patient') = 'patient'
        UNION
        SELECT u.id FROM "user" AS u JOIN doctor_patient_chat AS c ON c.patient_id = u.id
        WHERE u.disabled_at IS NOT NULL AND COALESCE(c.disabled_member, 'doctor') = 'doctor'
        UNION
        SELECT u.id FROM doctor_patient_chat AS c JOIN "user" AS u ON u.id IN (c.doctor_id, c.patient_id)
        WHERE c.disabled_member IN ('both', CASE WHEN u.id = c.doctor_id THEN 'doctor' ELSE 'patient' END)
            AND u.disabled_at IS NULL
    LOOP
        PERFORM bedside_note_disabled_in_chats(who);
        PERFORM pg_notify('bedside_message', 'settings ' || who);
    END LOOP;
END
$$;

-- An account may be disabled by any program, also by one that may write nothing else: its chats follow by themselves,
-- and open pages are told.
CREATE FUNCTION bedside_note_disabled() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = "$user", public, pg_temp AS $$
BEGIN
    PERFORM bedside_note_disabled_in_chats(NEW.id);
    PERFORM pg_notify('bedside_message', 'settings ' || NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER user_disabled_member AFTER UPDATE OF disabled_at ON "user"
    FOR EACH ROW WHEN ((OLD.disabled_at IS NULL) <> (NEW.disabled_at IS NULL))
    EXECUTE FUNCTION bedside_note_disabled();

CREATE FUNCTION bedside_place_chat() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = "$user", public, pg_temp AS $$
DECLARE
    disabled BIGINT[];
BEGIN
    -- Whoever disables one of them at the moment is waited for, or waits.
    SELECT array_agg(id) FILTER (WHERE disabled_at IS NOT NULL) INTO disabled
    FROM (SELECT id, disabled_at FROM "user" WHERE id IN (NEW.doctor_id, NEW.patient_id) ORDER BY id FOR SHARE) AS u;
    NEW.disabled_member := CASE
        WHEN NEW.doctor_id = ANY (disabled) AND NEW.patient_id = ANY (disabled) THEN 'both'
        WHEN NEW.doctor_id = ANY (disabled) THEN 'doctor'
        WHEN NEW.patient_id = ANY (disabled) THEN 'patient'
    END;
    RETURN NEW;
END
$$;
CREATE TRIGGER chat_disabled_member BEFORE INSERT ON doctor_patient_chat
    FOR EACH ROW EXECUTE FUNCTION bedside_place_chat();
