-- Accounts, sessions and chats. Names are a contract: other programs read this database (docs/contract.md).
-- Times are UTC with milliseconds, set by the server.

CREATE TABLE "user" (
    id            INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
    name          TEXT      NOT NULL CHECK (length(name) > 0),
    email         TEXT      NOT NULL UNIQUE CHECK (length(email) > 0),
    role          TEXT      NOT NULL CHECK (role IN ('patient', 'doctor', 'admin')),
    password_hash TEXT      NOT NULL,
    created_at    TIMESTAMP NOT NULL,
    disabled_at   TIMESTAMP
);

CREATE TABLE doctor_profile (
    user_id         INTEGER NOT NULL PRIMARY KEY REFERENCES "user" (id) ON DELETE CASCADE,
    specialty       TEXT    NOT NULL,
    bio             TEXT    NOT NULL DEFAULT '',
    languages       TEXT    NOT NULL DEFAULT '', -- BCP 47 tags, separated by commas
    accepting_chats BOOLEAN NOT NULL DEFAULT TRUE CHECK (accepting_chats IN (FALSE, TRUE))
);

CREATE TABLE doctor_patient_chat (
    chat_id    INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
    doctor_id  INTEGER   NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    patient_id INTEGER   NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    last_seq   INTEGER   NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    UNIQUE (doctor_id, patient_id),
    CHECK (doctor_id <> patient_id)
);
CREATE INDEX doctor_patient_chat_doctor_id ON doctor_patient_chat (doctor_id);
CREATE INDEX doctor_patient_chat_patient_id ON doctor_patient_chat (patient_id);

CREATE TABLE chat_message (
    id         INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER   NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    chat_id    INTEGER   REFERENCES doctor_patient_chat (chat_id) ON DELETE CASCADE,
    content    TEXT      NOT NULL CHECK (length(content) BETWEEN 1 AND 10000),
    is_ai      BOOLEAN   NOT NULL DEFAULT FALSE CHECK (is_ai IN (FALSE, TRUE)),
    created_at TIMESTAMP NOT NULL,
    seq        INTEGER   NOT NULL CHECK (seq > 0),
    client_id  TEXT      NOT NULL,
    -- These also are the indexes on chat_id and on user_id: one more of each would double what a message writes.
    UNIQUE (chat_id, seq),
    UNIQUE (user_id, chat_id, client_id)
);

CREATE TABLE chat_member (
    chat_id       INTEGER NOT NULL REFERENCES doctor_patient_chat (chat_id) ON DELETE CASCADE,
    user_id       INTEGER NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    read_seq      INTEGER NOT NULL DEFAULT 0 CHECK (read_seq >= 0),
    delivered_seq INTEGER NOT NULL DEFAULT 0 CHECK (delivered_seq >= 0),
    PRIMARY KEY (chat_id, user_id)
);
CREATE INDEX chat_member_user_id ON chat_member (user_id);

CREATE TABLE session (
    token_hash   TEXT      NOT NULL PRIMARY KEY, -- SHA-256 of the cookie's token, lower-case hex
    user_id      INTEGER   NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    created_at   TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at   TIMESTAMP NOT NULL,
    user_agent   TEXT      NOT NULL DEFAULT ''
);
CREATE INDEX session_user_id ON session (user_id);
CREATE INDEX session_expires_at ON session (expires_at);
