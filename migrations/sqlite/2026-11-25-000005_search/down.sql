DROP TRIGGER chat_message_content_changed;
DROP TRIGGER chat_message_deleted;
DROP TABLE message_search;
DROP TABLE chat_search;
