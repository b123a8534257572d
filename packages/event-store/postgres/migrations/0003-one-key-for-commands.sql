-- A command without events has a row of `events` too, at a position and a version below zero: so the unique key `id` knows
-- every command, and an append looks in no second table. Who reads events asks for positions, or versions, above zero.
COMMENT ON TABLE events IS 'Events have a position from 1 on. A row with a negative position is a command that made no event.';

INSERT INTO events (position, id, stream, version, type, schema_version, data, metadata, recorded_at, command_event_count,
    command_result)
  SELECT -row_number() OVER (ORDER BY number), id, stream, -row_number() OVER (PARTITION BY stream ORDER BY number),
    'CommandWithoutEvents', 1, json_build_object('version', version, 'position', position::text), metadata, recorded_at, 0, result
  FROM eventless_commands;
DROP TABLE eventless_commands;
DROP SEQUENCE eventless_commands_made;

-- As before, but for where commands without events are. What such a command saw, the version of its stream and the end of
-- the store, is the row's `data`.
CREATE OR REPLACE FUNCTION append_batch(
  first_ids uuid[], -- the id that the first event of each command has, or would have
  streams text[],
  expected_versions integer[], -- NULL does not check
  event_counts integer[],
  results json[],
  metadatas json[],
  recorded_at timestamptz,
  event_ids uuid[],
  event_types text[],
  event_schema_versions integer[],
  event_datas json[]
) RETURNS bigint[]
LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode TO force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
  outcomes bigint[];
  outcome integer;
  head bigint;
  first_id uuid;
  stream_name text;
  version_now integer;
  event_count integer;
  done integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(20036, 'events'::regclass::oid::integer);
  -- Each statement from here on sees what was committed before the lock was given.
  SELECT greatest(max(e.position), 0) INTO head FROM events e;
  FOR i IN 1 .. cardinality(first_ids) LOOP
    first_id := first_ids[i];
    stream_name := streams[i];
    event_count := event_counts[i];
    SELECT greatest(max(e.version), 0) INTO version_now FROM events e WHERE e.stream = stream_name;
    PERFORM FROM events e WHERE e.id = first_id;
    IF FOUND THEN
      outcome := 1;
    ELSIF expected_versions[i] <> version_now THEN
      outcome := 2;
    ELSE
      outcome := 0;
      IF event_count = 0 THEN
        INSERT INTO events (position, id, stream, version, type, schema_version, data, metadata, recorded_at,
            command_event_count, command_result)
          SELECT (SELECT least(min(e.position), 0) - 1 FROM events e), first_id, stream_name,
            (SELECT least(min(e.version), 0) - 1 FROM events e WHERE e.stream = stream_name), 'CommandWithoutEvents', 1,
            json_build_object('version', version_now, 'position', head::text), metadatas[i], recorded_at, 0, results[i];
      ELSE
        INSERT INTO events (position, id, stream, version, type, schema_version, data, metadata, recorded_at,
            command_event_count, command_result)
          SELECT head + k, event_ids[done + k], stream_name, version_now + k, event_types[done + k],
              event_schema_versions[done + k], event_datas[done + k], metadatas[i], recorded_at,
              CASE k WHEN 1 THEN event_count END, CASE k WHEN 1 THEN results[i] END
            FROM generate_series(1, event_count) k;
      END IF;
      version_now := version_now + event_count;
      head := head + event_count;
    END IF;
    outcomes := outcomes || ARRAY[outcome, version_now, head];
    done := done + event_count;
  END LOOP;
  RETURN outcomes;
END
$$;
