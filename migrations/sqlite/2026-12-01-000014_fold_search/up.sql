-- The search folds texts as the browser does (app/src/folding.rs): accents, vowel marks and their letters are one. Chats
-- with Greek, Cyrillic, Hebrew, Arabic and Indian letters are indexed again; Latin words are folded as before.

CREATE TEMP TABLE refolded_chat AS
    SELECT DISTINCT chat_id FROM chat_message
    WHERE content GLOB '*[' || char(0x370) || '-' || char(0x1fff) || char(0xfb00) || '-' || char(0xfeff) || ']*';
DELETE FROM message_search WHERE rowid IN
    (SELECT id FROM chat_message WHERE chat_id IN (SELECT chat_id FROM refolded_chat));
DELETE FROM chat_search WHERE chat_id IN (SELECT chat_id FROM refolded_chat);
DROP TABLE refolded_chat;
