-- What a person's browser keeps of messages that are not sent yet is sealed under this key, which only their own
-- signed-in pages are given (docs/architecture.md). Made at their first sign-in.

CREATE TABLE outbox_key (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES "user" (id) ON DELETE CASCADE,
    key     TEXT   NOT NULL CHECK (length(key) = 64) -- 32 bytes in lower-case hex
);
