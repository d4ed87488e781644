-- What a message may be beside its text: an answer to another, a correction of one, taken back by its sender.
-- A change to a stored message gets a place of its own among the changes of its chat, 1, 2, 3, …, as a message does
-- among the messages: whoever has seen change n asks for everything after n and misses nothing.

ALTER TABLE doctor_patient_chat ADD COLUMN last_change BIGINT NOT NULL DEFAULT 0 CHECK (last_change >= 0);

ALTER TABLE chat_message ADD COLUMN reply_to_seq BIGINT CHECK (reply_to_seq > 0 AND reply_to_seq < seq);
ALTER TABLE chat_message ADD COLUMN corrects_seq BIGINT CHECK (corrects_seq > 0 AND corrects_seq < seq);
ALTER TABLE chat_message ADD COLUMN retracted_at TIMESTAMP(3);
-- Whether the other had read it by then.
ALTER TABLE chat_message ADD COLUMN retracted_read BOOLEAN
    CHECK ((retracted_at IS NULL) = (retracted_read IS NULL));
ALTER TABLE chat_message ADD COLUMN change_seq BIGINT CHECK (change_seq > 0);
-- Only messages that were changed are in it, so that storing one costs nothing more.
CREATE UNIQUE INDEX chat_message_chat_id_change_seq ON chat_message (chat_id, change_seq)
    WHERE change_seq IS NOT NULL;

-- The texts of messages that were taken back. For whoever has to account for them; no page and no call shows them.
CREATE TABLE retracted_message (
    message_id BIGINT NOT NULL PRIMARY KEY REFERENCES chat_message (id) ON DELETE CASCADE,
    content    TEXT   NOT NULL
);

-- When a member's marks last moved: what "Read" is shown with.
ALTER TABLE chat_member ADD COLUMN read_at TIMESTAMP(3);
ALTER TABLE chat_member ADD COLUMN delivered_at TIMESTAMP(3);

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
