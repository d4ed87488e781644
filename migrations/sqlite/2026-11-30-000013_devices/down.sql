DROP TRIGGER user_deleted;
DROP TRIGGER user_disabled;
DROP TRIGGER session_shortened;
DROP TRIGGER session_ended;
DROP TABLE __session_ends;
DROP TABLE server_key;
