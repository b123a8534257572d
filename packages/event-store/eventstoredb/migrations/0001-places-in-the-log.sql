-- What PostgreSQL knows of events that EventStoreDB keeps: which place each append got, and the appends that are on their
-- way. Runs with search_path set to the service's schema. Keys are compared byte by byte, as in the store on PostgreSQL.

-- The log that belongs to this database: its first entry carries the id.
CREATE TABLE event_log (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  id uuid NOT NULL,
  stream text NOT NULL
);

CREATE TABLE placed_commands (
  -- the id that the first event of the command has, or would have
  id uuid PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  -- version of the stream and position of the last event, or of the log's end, after the command
  version integer NOT NULL,
  position bigint NOT NULL,
  event_count integer NOT NULL,
  result json NOT NULL
);
CREATE UNIQUE INDEX placed_positions ON placed_commands (position) WHERE event_count > 0;
CREATE UNIQUE INDEX placed_versions ON placed_commands (stream, version) WHERE event_count > 0;

-- Appends that have their place and are not known to be in EventStoreDB yet. Rows live for milliseconds; those of a
-- process that died, or of a time without EventStoreDB, are written by whoever comes next.
CREATE TABLE pending_appends (
  -- of the last event
  position bigint PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  append json NOT NULL
);

-- Gives appends their places, each as a whole or not at all. Answers as append_batch of the store on PostgreSQL: outcome
-- (0 placed, 1 a repeated command, 2 another version than expected), version and position after it.
-- One lock until commit, for the reasons told there: places are contiguous and become visible in their order.
CREATE FUNCTION place_appends(
  first_ids uuid[], -- the id that the first event of each command has, or would have
  streams text[],
  expected_versions integer[], -- NULL does not check
  event_counts integer[],
  results json[],
  appends json[]
) RETURNS bigint[]
LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode TO force_generic_plan AS $$
DECLARE
  outcomes bigint[];
  outcome integer;
  head bigint;
  version_now integer;
BEGIN
  PERFORM pg_advisory_xact_lock(20036, 'placed_commands'::regclass::oid::integer);
  -- Each statement from here on sees what was committed before the lock was given.
  SELECT max(c.position) INTO head FROM placed_commands c WHERE c.event_count > 0;
  head := coalesce(head, 0);
  FOR i IN 1 .. cardinality(first_ids) LOOP
    SELECT max(c.version) INTO version_now FROM placed_commands c WHERE c.stream = streams[i] AND c.event_count > 0;
    version_now := coalesce(version_now, 0);
    PERFORM FROM placed_commands c WHERE c.id = first_ids[i];
    IF FOUND THEN
      outcome := 1;
    ELSIF expected_versions[i] <> version_now THEN
      outcome := 2;
    ELSE
      outcome := 0;
      version_now := version_now + event_counts[i];
      head := head + event_counts[i];
      INSERT INTO placed_commands (id, stream, version, position, event_count, result)
        VALUES (first_ids[i], streams[i], version_now, head, event_counts[i], results[i]);
      IF event_counts[i] > 0 THEN
        INSERT INTO pending_appends (position, stream, version, append) VALUES (head, streams[i], version_now, appends[i]);
      END IF;
    END IF;
    outcomes := outcomes || ARRAY[outcome, version_now, head];
  END LOOP;
  RETURN outcomes;
END
$$;
