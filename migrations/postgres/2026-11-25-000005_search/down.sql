DROP TRIGGER chat_message_content_changed ON chat_message;
DROP FUNCTION bedside_unlist_message();
DROP TABLE message_search;
DROP TABLE chat_search;
