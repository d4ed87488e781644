DROP TABLE outbox_key;
