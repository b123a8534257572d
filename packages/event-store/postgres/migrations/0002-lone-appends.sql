-- Counts the commands without events, those that were rolled back too. What a sequence holds is no matter of snapshots: a
-- statement that got the lock of append_batch after its snapshot reads here whether that misses such a command.
CREATE SEQUENCE eventless_commands_made;
-- From here on it has a value.
SELECT nextval('eventless_commands_made');

ALTER TABLE eventless_commands ADD COLUMN number bigint NOT NULL DEFAULT nextval('eventless_commands_made');
