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
    UPDATE chat_member SET read_seq = NEW.seq, delivered_seq = NEW.seq
    WHERE chat_id = NEW.chat_id AND user_id = NEW.user_id;
    PERFORM pg_notify('bedside_message', NEW.chat_id || ' ' || NEW.seq);
    RETURN NEW;
END
$$;
ALTER TABLE chat_member DROP COLUMN delivered_at;
ALTER TABLE chat_member DROP COLUMN read_at;
DROP TABLE retracted_message;
DROP INDEX chat_message_chat_id_change_seq;
ALTER TABLE chat_message DROP COLUMN change_seq;
ALTER TABLE chat_message DROP COLUMN retracted_read;
ALTER TABLE chat_message DROP COLUMN retracted_at;
ALTER TABLE chat_message DROP COLUMN corrects_seq;
ALTER TABLE chat_message DROP COLUMN reply_to_seq;
ALTER TABLE doctor_patient_chat DROP COLUMN last_change;
