-- What the program signs with: made once, and the same for every node (docs/architecture.md).

CREATE TABLE server_key (
    name TEXT NOT NULL PRIMARY KEY,
    key  TEXT NOT NULL CHECK (length(key) = 64) -- 32 bytes in lower-case hex
);

-- Counts what may have ended sessions, so that the program need not look at all of them after each commit. (On
-- PostgreSQL a NOTIFY says so.)

CREATE TABLE __session_ends (count INTEGER NOT NULL);
INSERT INTO __session_ends VALUES (0);

CREATE TRIGGER session_ended AFTER DELETE ON session BEGIN
    UPDATE __session_ends SET count = count + 1;
END;
-- Not when it is only used again.
CREATE TRIGGER session_shortened AFTER UPDATE ON session
WHEN NEW.expires_at < OLD.expires_at OR NEW.last_seen_at < OLD.last_seen_at OR NEW.token_hash <> OLD.token_hash BEGIN
    UPDATE __session_ends SET count = count + 1;
END;
CREATE TRIGGER user_disabled AFTER UPDATE OF disabled_at ON "user" BEGIN
    UPDATE __session_ends SET count = count + 1;
END;
CREATE TRIGGER user_deleted AFTER DELETE ON "user" BEGIN
    UPDATE __session_ends SET count = count + 1;
END;
