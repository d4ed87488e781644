-- As before, and with the moments of the marks.
CREATE OR REPLACE FUNCTION bedside_place_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.chat_id IS NULL THEN
        SELECT COALESCE(max(seq), 0) + 1 INTO NEW.seq
        FROM chat_message WHERE user_id = NEW.user_id AND chat_id IS NULL;
        RETURN NEW;
    END IF;
    UPDATE doctor_patient_chat
    SET last_seq = last_seq + 1, updated_at = GREATEST(updated_at, NEW.created_at)
    WHERE chat_id = NEW.chat_id AND NEW.user_id IN (doctor_id, patient_id)
    RETURNING last_seq, updated_at INTO NEW.seq, NEW.created_at;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'user % is not a member of chat %', NEW.user_id, NEW.chat_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    -- Whoever writes has read what stands before.
    UPDATE chat_member
    SET read_seq = NEW.seq, delivered_seq = NEW.seq, read_at = NEW.created_at, delivered_at = NEW.created_at
    WHERE chat_id = NEW.chat_id AND user_id = NEW.user_id;
    PERFORM pg_notify('bedside_message', NEW.chat_id || ' ' || NEW.seq);
    RETURN NEW;
END
$$;
DROP TABLE chat_report;
ALTER TABLE chat_member DROP COLUMN archived_seq;
ALTER TABLE chat_message DROP COLUMN is_automatic;
ALTER TABLE chat_message DROP COLUMN is_urgent;
ALTER TABLE doctor_patient_chat DROP COLUMN notice_at;
ALTER TABLE doctor_patient_chat DROP COLUMN blocked_by;
ALTER TABLE doctor_patient_chat DROP COLUMN may_reopen;
ALTER TABLE doctor_patient_chat DROP COLUMN closed_reason;
ALTER TABLE doctor_patient_chat DROP COLUMN closed_at;
ALTER TABLE doctor_patient_chat DROP COLUMN done_seq;
ALTER TABLE doctor_patient_chat DROP COLUMN is_urgent;
ALTER TABLE doctor_patient_chat DROP COLUMN waiting_since;
ALTER TABLE doctor_patient_chat DROP COLUMN revision;
