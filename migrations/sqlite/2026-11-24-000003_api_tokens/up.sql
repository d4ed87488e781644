-- A program's session: made at the command line, named, and without an end by idleness (docs/contract.md).

ALTER TABLE session ADD COLUMN name TEXT CHECK (length(name) BETWEEN 1 AND 100); -- null for a browser's
CREATE UNIQUE INDEX session_user_id_name ON session (user_id, name);
