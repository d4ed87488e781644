-- Which of a chat's two people has a disabled account. Nobody writes in the chat then: nobody would read it.
ALTER TABLE doctor_patient_chat ADD COLUMN disabled_member TEXT
    CHECK (disabled_member IN ('doctor', 'patient', 'both'));
-- Whether the clinic's admin closed the chat; otherwise the doctor did.
ALTER TABLE doctor_patient_chat ADD COLUMN closed_by_clinic BOOLEAN NOT NULL DEFAULT FALSE
    CHECK (closed_by_clinic IN (FALSE, TRUE));

UPDATE doctor_patient_chat SET disabled_member = (
    SELECT CASE
        WHEN d.disabled_at IS NOT NULL AND p.disabled_at IS NOT NULL THEN 'both'
        WHEN d.disabled_at IS NOT NULL THEN 'doctor'
        WHEN p.disabled_at IS NOT NULL THEN 'patient'
    END
    FROM "user" AS d, "user" AS p
    WHERE d.id = doctor_patient_chat.doctor_id AND p.id = doctor_patient_chat.patient_id
);

-- Disabled accounts are few.
CREATE INDEX user_disabled_id ON "user" (id) WHERE disabled_at IS NOT NULL;
-- The few chats of which an account is disabled.
CREATE INDEX doctor_patient_chat_disabled ON doctor_patient_chat (chat_id) WHERE disabled_member IS NOT NULL;

-- Which accounts were disabled or opened again, in that order: open pages are told of each. No more than are told at once.
CREATE TABLE __account_change (
    id      INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL
);

-- An account may be disabled by any program: its chats follow by themselves.
CREATE TRIGGER user_disabled_member AFTER UPDATE OF disabled_at ON "user"
WHEN (OLD.disabled_at IS NULL) <> (NEW.disabled_at IS NULL)
BEGIN
    UPDATE doctor_patient_chat
    SET revision = revision + 1, disabled_member = (
        SELECT CASE
            WHEN d.disabled_at IS NOT NULL AND p.disabled_at IS NOT NULL THEN 'both'
            WHEN d.disabled_at IS NOT NULL THEN 'doctor'
            WHEN p.disabled_at IS NOT NULL THEN 'patient'
        END
        FROM "user" AS d, "user" AS p
        WHERE d.id = doctor_patient_chat.doctor_id AND p.id = doctor_patient_chat.patient_id
    )
    WHERE doctor_id = NEW.id OR patient_id = NEW.id;
    UPDATE chat_member SET revised_at = strftime('%Y-%m-%d %H:%M:%f', 'now')
    WHERE chat_id IN (SELECT chat_id FROM doctor_patient_chat WHERE doctor_id = NEW.id OR patient_id = NEW.id);
    INSERT INTO __account_change (user_id) VALUES (NEW.id);
    DELETE FROM __account_change WHERE id <= (SELECT max(id) FROM __account_change) - 1000;
END;

CREATE TRIGGER chat_disabled_member AFTER INSERT ON doctor_patient_chat
WHEN EXISTS (SELECT 1 FROM "user" WHERE id IN (NEW.doctor_id, NEW.patient_id) AND disabled_at IS NOT NULL)
BEGIN
    UPDATE doctor_patient_chat
    SET disabled_member = (
        SELECT CASE
            WHEN d.disabled_at IS NOT NULL AND p.disabled_at IS NOT NULL THEN 'both'
            WHEN d.disabled_at IS NOT NULL THEN 'doctor'
            ELSE 'patient'
        END
        FROM "user" AS d, "user" AS p
        WHERE d.id = NEW.doctor_id AND p.id = NEW.patient_id
    )
    WHERE chat_id = NEW.chat_id;
END;
