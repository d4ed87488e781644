DROP TRIGGER chat_message_check ON chat_message;
DROP FUNCTION bedside_check_messages;
-- As before, whoever wrote had read what stands before, also a machine.
CREATE OR REPLACE FUNCTION bedside_place_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.chat_id IS NULL THEN
        SELECT COALESCE(max(seq), 0) + 1 INTO NEW.seq
        FROM chat_message WHERE user_id = NEW.user_id AND chat_id IS NULL;
        RETURN NEW;
    END IF;
    UPDATE doctor_patient_chat
    SET last_seq = last_seq + 1, updated_at = GREATEST(updated_at, NEW.created_at),
        waiting_since = CASE
            WHEN NEW.is_ai OR NEW.is_automatic THEN waiting_since
            WHEN NEW.user_id = patient_id THEN COALESCE(waiting_since, GREATEST(updated_at, NEW.created_at))
        END,
        is_urgent = CASE
            WHEN NEW.is_ai OR NEW.is_automatic THEN is_urgent
            ELSE NEW.user_id = patient_id AND (is_urgent OR NEW.is_urgent)
        END
    WHERE chat_id = NEW.chat_id AND NEW.user_id IN (doctor_id, patient_id)
        AND closed_at IS NULL AND blocked_by IS NULL
    RETURNING last_seq, updated_at INTO NEW.seq, NEW.created_at;
    IF NOT FOUND THEN
        IF EXISTS (
            SELECT FROM doctor_patient_chat WHERE chat_id = NEW.chat_id AND NEW.user_id IN (doctor_id, patient_id)
        ) THEN
            RAISE EXCEPTION 'chat % is closed or blocked', NEW.chat_id USING ERRCODE = 'check_violation';
        END IF;
        RAISE EXCEPTION 'user % is not a member of chat %', NEW.user_id, NEW.chat_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    -- Whoever writes has read what stands before.
    UPDATE chat_member
    SET read_seq = NEW.seq, delivered_seq = NEW.seq,
        read_at = CASE WHEN read_seq < NEW.seq - 1 THEN NEW.created_at ELSE read_at END,
        delivered_at = CASE WHEN delivered_seq < NEW.seq - 1 THEN NEW.created_at ELSE delivered_at END
    WHERE chat_id = NEW.chat_id AND user_id = NEW.user_id;
    PERFORM pg_notify('bedside_message', NEW.chat_id || ' ' || NEW.seq);
    RETURN NEW;
END
$$;
ALTER TABLE "user" DROP CONSTRAINT user_disabled_at_is_time;
ALTER TABLE chat_report DROP CONSTRAINT chat_report_times;
ALTER TABLE doctor_profile DROP CONSTRAINT doctor_profile_times;
ALTER TABLE chat_member DROP CONSTRAINT chat_member_times;
ALTER TABLE doctor_patient_chat DROP CONSTRAINT doctor_patient_chat_times;
ALTER TABLE chat_message DROP CONSTRAINT chat_message_times;
ALTER TABLE chat_message DROP CONSTRAINT chat_message_client_id_is_uuid;
