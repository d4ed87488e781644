-- What a message may be beside its text: an answer to another, a correction of one, taken back by its sender.
-- A change to a stored message gets a place of its own among the changes of its chat, 1, 2, 3, …, as a message does
-- among the messages: whoever has seen change n asks for everything after n and misses nothing.

ALTER TABLE doctor_patient_chat ADD COLUMN last_change INTEGER NOT NULL DEFAULT 0 CHECK (last_change >= 0);

ALTER TABLE chat_message ADD COLUMN reply_to_seq INTEGER CHECK (reply_to_seq > 0 AND reply_to_seq < seq);
ALTER TABLE chat_message ADD COLUMN corrects_seq INTEGER CHECK (corrects_seq > 0 AND corrects_seq < seq);
ALTER TABLE chat_message ADD COLUMN retracted_at TIMESTAMP;
-- Whether the other had read it by then.
ALTER TABLE chat_message ADD COLUMN retracted_read BOOLEAN
    CHECK (retracted_read IN (FALSE, TRUE) AND (retracted_at IS NULL) = (retracted_read IS NULL));
ALTER TABLE chat_message ADD COLUMN change_seq INTEGER CHECK (change_seq > 0);
-- Only messages that were changed are in it, so that storing one costs nothing more.
CREATE UNIQUE INDEX chat_message_chat_id_change_seq ON chat_message (chat_id, change_seq)
    WHERE change_seq IS NOT NULL;

-- The texts of messages that were taken back. For whoever has to account for them; no page and no call shows them.
CREATE TABLE retracted_message (
    message_id INTEGER NOT NULL PRIMARY KEY REFERENCES chat_message (id) ON DELETE CASCADE,
    content    TEXT    NOT NULL
);

-- When a member's marks last moved: what "Read" is shown with.
ALTER TABLE chat_member ADD COLUMN read_at TIMESTAMP;
ALTER TABLE chat_member ADD COLUMN delivered_at TIMESTAMP;
