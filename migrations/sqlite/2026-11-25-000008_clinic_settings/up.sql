-- Texts that doctors insert into a message and then send themselves.
CREATE TABLE saved_reply (
    id         INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
    owner_id   INTEGER   REFERENCES "user" (id) ON DELETE CASCADE, -- a doctor; NULL: the clinic's, for all doctors
    title      TEXT      NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    content    TEXT      NOT NULL CHECK (length(content) BETWEEN 1 AND 5000),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX saved_reply_owner_id ON saved_reply (owner_id);

-- What the clinic's admin has set; what is not here is as built in.
CREATE TABLE clinic_setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
