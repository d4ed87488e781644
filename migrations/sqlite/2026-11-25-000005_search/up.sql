-- Search: the words of messages, folded, each with marks of the chat and the two people whose message it is. Written
-- a little later than the messages themselves, and before a search reads it, so that sending costs nothing more.

CREATE TABLE chat_search (
    chat_id INTEGER NOT NULL PRIMARY KEY REFERENCES doctor_patient_chat (chat_id) ON DELETE CASCADE,
    seq     INTEGER NOT NULL DEFAULT 0 CHECK (seq >= 0) -- the chat's messages are in the index up to here
);

CREATE VIRTUAL TABLE message_search USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, prefix = '2 3', tokenize = "ascii tokenchars '#'"
);

-- What is deleted, taken back or overwritten is not found any more.
CREATE TRIGGER chat_message_deleted AFTER DELETE ON chat_message BEGIN
    DELETE FROM message_search WHERE rowid = old.id;
END;
CREATE TRIGGER chat_message_content_changed AFTER UPDATE OF content ON chat_message BEGIN
    DELETE FROM message_search WHERE rowid = old.id;
END;
