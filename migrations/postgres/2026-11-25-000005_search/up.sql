-- Search: the words of messages, folded, each with marks of the chat and the two people whose message it is. Written
-- a little later than the messages themselves, and before a search reads it, so that sending costs nothing more.

CREATE TABLE chat_search (
    chat_id BIGINT NOT NULL PRIMARY KEY REFERENCES doctor_patient_chat (chat_id) ON DELETE CASCADE,
    seq     BIGINT NOT NULL DEFAULT 0 CHECK (seq >= 0) -- the chat's messages are in the index up to here
);

CREATE TABLE message_search (
    message_id BIGINT   NOT NULL PRIMARY KEY REFERENCES chat_message (id) ON DELETE CASCADE,
    words      TSVECTOR NOT NULL
);
-- Nobody waits for an insert, but somebody for every search.
CREATE INDEX message_search_words ON message_search USING gin (words) WITH (fastupdate = off);

-- What is taken back or overwritten is not found any more.
CREATE FUNCTION bedside_unlist_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM message_search WHERE message_id = OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER chat_message_content_changed AFTER UPDATE OF content ON chat_message
    FOR EACH ROW EXECUTE FUNCTION bedside_unlist_message();
