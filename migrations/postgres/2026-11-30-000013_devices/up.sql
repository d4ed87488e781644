-- What the program signs with: made once, and the same for every node (docs/architecture.md).

CREATE TABLE server_key (
    name TEXT NOT NULL PRIMARY KEY,
    key  TEXT NOT NULL CHECK (length(key) = 64) -- 32 bytes in lower-case hex
);
