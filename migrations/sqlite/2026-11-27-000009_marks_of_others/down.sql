ALTER TABLE chat_member DROP COLUMN revised_at;
