-- When how the chat stands last changed: where there is no bus, other nodes look for it.
ALTER TABLE chat_member ADD COLUMN revised_at TIMESTAMP;
