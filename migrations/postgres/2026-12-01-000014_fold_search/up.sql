-- The search folds texts as the browser does (app/src/folding.rs): accents, vowel marks and their letters are one. Chats
-- with Greek, Cyrillic, Hebrew, Arabic and Indian letters are indexed again; Latin words are folded as before.

CREATE TEMP TABLE refolded_chat ON COMMIT DROP AS
    SELECT DISTINCT chat_id FROM chat_message WHERE content ~ '[\u0370-\u1fff\ufb00-\ufeff]';
DELETE FROM message_search WHERE message_id IN
    (SELECT id FROM chat_message WHERE chat_id IN (SELECT chat_id FROM refolded_chat));
DELETE FROM chat_search WHERE chat_id IN (SELECT chat_id FROM refolded_chat);
