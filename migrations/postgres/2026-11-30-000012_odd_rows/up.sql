-- Rows that other programs write are input too: what no reader could read, or what would lead people astray, is refused.

-- What stands there already is put right, and the migration fails on none of it. A client id that is no UUID becomes a
-- new one, and one in capitals is written small. A time that is none (infinity), or one more than a minute ahead, becomes the moment of this migration; so a
-- chat that a wrong clock has dated 2037 goes on from today. Where the database's own clock is
-- behind the month of this file, it is that clock that is wrong, and only what is no time at all is replaced.
UPDATE chat_message AS m SET client_id = lower(client_id)
WHERE client_id <> lower(client_id) AND NOT EXISTS (
    SELECT FROM chat_message AS other WHERE other.user_id = m.user_id AND other.chat_id IS NOT DISTINCT FROM m.chat_id
        AND other.id <> m.id AND lower(other.client_id) = lower(m.client_id)
);
UPDATE chat_message SET client_id = gen_random_uuid()::text
WHERE client_id !~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

CREATE FUNCTION bedside_is_odd(moment TIMESTAMP) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT moment NOT BETWEEN '0001-01-01' AND '9999-12-31'
        OR (now() > '2026-11-01' AND moment > now() AT TIME ZONE 'UTC' + interval '1 minute')
$$;
UPDATE chat_message SET created_at = now() AT TIME ZONE 'UTC' WHERE bedside_is_odd(created_at);
UPDATE chat_message SET retracted_at = now() AT TIME ZONE 'UTC' WHERE bedside_is_odd(retracted_at);
UPDATE doctor_patient_chat SET
    created_at = CASE WHEN bedside_is_odd(created_at) THEN now() AT TIME ZONE 'UTC' ELSE created_at END,
    updated_at = CASE WHEN bedside_is_odd(updated_at) THEN now() AT TIME ZONE 'UTC' ELSE updated_at END,
    waiting_since = CASE WHEN bedside_is_odd(waiting_since) THEN now() AT TIME ZONE 'UTC' ELSE waiting_since END,
    closed_at = CASE WHEN bedside_is_odd(closed_at) THEN now() AT TIME ZONE 'UTC' ELSE closed_at END,
    -- Whether the patient was told lately, nobody knows.
    notice_at = CASE WHEN bedside_is_odd(notice_at) THEN NULL ELSE notice_at END
WHERE bedside_is_odd(created_at) OR bedside_is_odd(updated_at) OR bedside_is_odd(waiting_since)
    OR bedside_is_odd(closed_at) OR bedside_is_odd(notice_at);
UPDATE chat_member SET
    read_at = CASE WHEN bedside_is_odd(read_at) THEN now() AT TIME ZONE 'UTC' ELSE read_at END,
    delivered_at = CASE WHEN bedside_is_odd(delivered_at) THEN now() AT TIME ZONE 'UTC' ELSE delivered_at END,
    revised_at = CASE WHEN bedside_is_odd(revised_at) THEN NULL ELSE revised_at END
WHERE bedside_is_odd(read_at) OR bedside_is_odd(delivered_at) OR bedside_is_odd(revised_at);
UPDATE "user" SET disabled_at = now() AT TIME ZONE 'UTC' WHERE disabled_at NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE doctor_profile SET away_from = NULL, away_until = NULL
WHERE away_from NOT BETWEEN '0001-01-01' AND '9999-12-31' OR away_until NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE chat_report SET created_at = now() AT TIME ZONE 'UTC' WHERE bedside_is_odd(created_at);
UPDATE chat_report SET settled_at = now() AT TIME ZONE 'UTC' WHERE bedside_is_odd(settled_at);
DROP FUNCTION bedside_is_odd;
-- A row that named a place further on left its chat unwritable: the next message met it there.
UPDATE doctor_patient_chat AS c SET last_seq = m.last
FROM (SELECT chat_id, max(seq) AS last FROM chat_message WHERE chat_id IS NOT NULL GROUP BY chat_id) AS m
WHERE m.chat_id = c.chat_id AND m.last > c.last_seq;

-- The canonical form of a UUID, and years that RFC 3339 can write. (Infinity is outside every such range.)
ALTER TABLE chat_message ADD CONSTRAINT chat_message_client_id_is_uuid
    CHECK (client_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$');
ALTER TABLE chat_message ADD CONSTRAINT chat_message_times CHECK (
    created_at BETWEEN '0001-01-01' AND '9999-12-31' AND retracted_at BETWEEN '0001-01-01' AND '9999-12-31'
);
ALTER TABLE doctor_patient_chat ADD CONSTRAINT doctor_patient_chat_times CHECK (
    created_at BETWEEN '0001-01-01' AND '9999-12-31' AND updated_at BETWEEN '0001-01-01' AND '9999-12-31'
    AND waiting_since BETWEEN '0001-01-01' AND '9999-12-31' AND closed_at BETWEEN '0001-01-01' AND '9999-12-31'
    AND notice_at BETWEEN '0001-01-01' AND '9999-12-31'
);
ALTER TABLE chat_member ADD CONSTRAINT chat_member_times CHECK (
    read_at BETWEEN '0001-01-01' AND '9999-12-31' AND delivered_at BETWEEN '0001-01-01' AND '9999-12-31'
    AND revised_at BETWEEN '0001-01-01' AND '9999-12-31'
);
ALTER TABLE doctor_profile ADD CONSTRAINT doctor_profile_times CHECK (
    away_from BETWEEN '0001-01-01' AND '9999-12-31' AND away_until BETWEEN '0001-01-01' AND '9999-12-31'
);
ALTER TABLE chat_report ADD CONSTRAINT chat_report_times CHECK (
    created_at BETWEEN '0001-01-01' AND '9999-12-31' AND settled_at BETWEEN '0001-01-01' AND '9999-12-31'
);
ALTER TABLE "user" ADD CONSTRAINT user_disabled_at_is_time
    CHECK (disabled_at BETWEEN '0001-01-01' AND '9999-12-31');

-- As before; but what a machine wrote has read nothing, a client id may be left out by NULL too, nobody writes where an
-- account is disabled, a chat whose moment lies ahead of the clock goes on from the clock, and a row that is there already
-- (`ON CONFLICT DO NOTHING`) moves nothing.
CREATE OR REPLACE FUNCTION bedside_place_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ahead CONSTANT TIMESTAMP := clock_timestamp() AT TIME ZONE 'UTC' + interval '30 seconds';
BEGIN
    IF NEW.client_id IS NULL THEN
        NEW.client_id := gen_random_uuid()::text;
    ELSIF NEW.chat_id IS NOT NULL THEN
        -- Under the chat's lock, so that it is known whether one is there.
        PERFORM FROM doctor_patient_chat WHERE chat_id = NEW.chat_id FOR NO KEY UPDATE;
        SELECT seq INTO NEW.seq FROM chat_message
        WHERE user_id = NEW.user_id AND chat_id = NEW.chat_id AND client_id = NEW.client_id;
        IF FOUND THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NEW.chat_id IS NULL THEN
        SELECT COALESCE(max(seq), 0) + 1 INTO NEW.seq
        FROM chat_message WHERE user_id = NEW.user_id AND chat_id IS NULL;
        RETURN NEW;
    END IF;
    UPDATE doctor_patient_chat
    SET last_seq = last_seq + 1,
        updated_at = CASE WHEN updated_at > ahead THEN NEW.created_at ELSE GREATEST(updated_at, NEW.created_at) END,
        waiting_since = CASE
            WHEN NEW.is_ai OR NEW.is_automatic THEN waiting_since
            WHEN NEW.user_id = patient_id AND waiting_since <= ahead THEN waiting_since
            WHEN NEW.user_id = patient_id AND updated_at > ahead THEN NEW.created_at
            WHEN NEW.user_id = patient_id THEN GREATEST(updated_at, NEW.created_at)
        END,
        is_urgent = CASE
            WHEN NEW.is_ai OR NEW.is_automatic THEN is_urgent
            ELSE NEW.user_id = patient_id AND (is_urgent OR NEW.is_urgent)
        END
    WHERE chat_id = NEW.chat_id AND NEW.user_id IN (doctor_id, patient_id)
        AND closed_at IS NULL AND blocked_by IS NULL AND disabled_member IS NULL
    RETURNING last_seq, updated_at INTO NEW.seq, NEW.created_at;
    IF NOT FOUND THEN
        IF EXISTS (
            SELECT FROM doctor_patient_chat WHERE chat_id = NEW.chat_id AND NEW.user_id IN (doctor_id, patient_id)
        ) THEN
            RAISE EXCEPTION 'nobody can write in chat %: it is closed or blocked, or an account is disabled', NEW.chat_id USING ERRCODE = 'check_violation';
        END IF;
        RAISE EXCEPTION 'user % is not a member of chat %', NEW.user_id, NEW.chat_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    -- Whoever writes has read what stands before. Nobody has for whom a machine wrote.
    IF NOT (NEW.is_ai OR NEW.is_automatic) THEN
        UPDATE chat_member
        SET read_seq = NEW.seq, delivered_seq = NEW.seq,
            read_at = CASE WHEN read_seq < NEW.seq - 1 THEN NEW.created_at ELSE read_at END,
            delivered_at = CASE WHEN delivered_seq < NEW.seq - 1 THEN NEW.created_at ELSE delivered_at END
        WHERE chat_id = NEW.chat_id AND user_id = NEW.user_id;
    END IF;
    PERFORM pg_notify('bedside_message', NEW.chat_id || ' ' || NEW.seq);
    RETURN NEW;
END
$$;

-- The same rules for every row, also for those that name their place themselves, as Bedside's own do. These have moved
-- the chat to that place before, under the chat row's lock. For a program that has not, the chat is moved here, if the
-- rows go on from its newest place without a hole; any other place is refused, since the chat could not be written in
-- any more once its next message met it.
CREATE FUNCTION bedside_check_messages() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ahead CONSTANT TIMESTAMP := clock_timestamp() AT TIME ZONE 'UTC' + interval '1 minute';
    this BIGINT;
    chat doctor_patient_chat%ROWTYPE;
    new RECORD;
    wrong RECORD;
BEGIN
    -- Each by itself, which keeps the planner from reading all chats for a few rows.
    PERFORM FROM new_messages AS m
    WHERE m.created_at > ahead OR m.change_seq IS NOT NULL OR m.chat_id IS NOT NULL AND (
        SELECT m.user_id IN (c.doctor_id, c.patient_id) AND m.seq <= c.last_seq
            AND c.closed_at IS NULL AND c.blocked_by IS NULL AND c.disabled_member IS NULL
        FROM doctor_patient_chat AS c WHERE c.chat_id = m.chat_id
    ) IS NOT TRUE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    FOR this IN SELECT DISTINCT m.chat_id FROM new_messages AS m WHERE m.chat_id IS NOT NULL ORDER BY 1 LOOP
        SELECT * INTO chat FROM doctor_patient_chat AS c WHERE c.chat_id = this FOR NO KEY UPDATE;
        SELECT min(m.seq) AS first, max(m.seq) AS last, count(*) AS count, max(m.created_at) AS at,
            COALESCE(max(m.seq) FILTER (WHERE m.user_id = chat.doctor_id AND NOT m.is_ai AND NOT m.is_automatic), 0)
                AS answered
        INTO new FROM new_messages AS m WHERE m.chat_id = this AND m.seq > chat.last_seq;
        CONTINUE WHEN new.first IS DISTINCT FROM chat.last_seq + 1 OR new.count <> new.last - new.first + 1;
        IF new.answered > 0 OR chat.waiting_since > ahead THEN
            chat.waiting_since := NULL;
            chat.is_urgent := chat.is_urgent AND new.answered = 0;
        END IF;
        SELECT COALESCE(chat.waiting_since, CASE
            WHEN chat.updated_at > ahead THEN min(m.created_at)
            WHEN count(*) > 0 THEN GREATEST(chat.updated_at, min(m.created_at))
        END), chat.is_urgent OR COALESCE(bool_or(m.is_urgent), FALSE)
        INTO chat.waiting_since, chat.is_urgent FROM new_messages AS m
        WHERE m.chat_id = this AND m.seq > GREATEST(chat.last_seq, new.answered) AND m.user_id = chat.patient_id
            AND NOT m.is_ai AND NOT m.is_automatic;
        UPDATE doctor_patient_chat AS c
        SET last_seq = new.last, waiting_since = chat.waiting_since, is_urgent = chat.is_urgent,
            updated_at = CASE WHEN c.updated_at > ahead THEN new.at ELSE GREATEST(c.updated_at, new.at) END
        WHERE c.chat_id = this;
        UPDATE chat_member AS member
        SET read_seq = own.last, delivered_seq = own.last,
            read_at = CASE WHEN member.read_seq < own.first - 1 THEN new.at ELSE member.read_at END,
            delivered_at = CASE WHEN member.delivered_seq < own.first - 1 THEN new.at ELSE member.delivered_at END
        FROM (
            SELECT m.user_id, min(m.seq) AS first, max(m.seq) AS last FROM new_messages AS m
            WHERE m.chat_id = this AND m.seq >= new.first AND NOT m.is_ai AND NOT m.is_automatic GROUP BY m.user_id
        ) AS own
        WHERE member.chat_id = this AND member.user_id = own.user_id;
        -- Of many, only that they are there: pages fetch them.
        PERFORM pg_notify('bedside_message', this || ' ' || CASE WHEN new.count > 64 THEN 0 ELSE m.seq END)
        FROM new_messages AS m WHERE m.chat_id = this AND m.seq >= new.first AND (new.count <= 64 OR m.seq = new.last);
    END LOOP;
    SELECT m.chat_id, m.user_id, m.seq, m.created_at, m.change_seq, c.last_seq,
        c.closed_at IS NOT NULL OR c.blocked_by IS NOT NULL OR c.disabled_member IS NOT NULL AS is_over
    INTO wrong FROM new_messages AS m
    LEFT JOIN doctor_patient_chat AS c ON c.chat_id = m.chat_id AND m.user_id IN (c.doctor_id, c.patient_id)
    WHERE m.created_at > ahead OR m.change_seq IS NOT NULL OR m.chat_id IS NOT NULL AND (
        c.chat_id IS NULL OR m.seq > c.last_seq OR c.closed_at IS NOT NULL OR c.blocked_by IS NOT NULL
        OR c.disabled_member IS NOT NULL
    )
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF wrong.created_at > ahead THEN
        RAISE EXCEPTION 'created_at % is more than a minute ahead; times are in UTC', wrong.created_at
            USING ERRCODE = 'check_violation';
    ELSIF wrong.change_seq IS NOT NULL THEN
        RAISE EXCEPTION 'a new message has no change_seq' USING ERRCODE = 'check_violation';
    ELSIF wrong.last_seq IS NULL THEN
        RAISE EXCEPTION 'user % is not a member of chat %', wrong.user_id, wrong.chat_id
            USING ERRCODE = 'foreign_key_violation';
    ELSIF wrong.is_over THEN
        RAISE EXCEPTION 'nobody can write in chat %: it is closed or blocked, or an account is disabled', wrong.chat_id USING ERRCODE = 'check_violation';
    END IF;
    RAISE EXCEPTION 'place % is not the next of chat %: leave seq out, and the database gives it',
        wrong.seq, wrong.chat_id USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER chat_message_check AFTER INSERT ON chat_message
    REFERENCING NEW TABLE AS new_messages
    FOR EACH STATEMENT EXECUTE FUNCTION bedside_check_messages();
