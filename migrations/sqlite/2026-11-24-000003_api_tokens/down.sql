DROP INDEX session_user_id_name;
-- Nothing would tell them from browsers' any more.
DELETE FROM session WHERE name IS NOT NULL;
ALTER TABLE session DROP COLUMN name;
