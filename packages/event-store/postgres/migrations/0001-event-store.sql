-- The memory of one service. Runs with search_path set to the service's schema.
-- Keys are compared byte by byte, so that no collation of an operating system can change their order.

CREATE TABLE events (
  position bigint PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  stream text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  type text NOT NULL,
  schema_version integer NOT NULL,
  -- json, not jsonb: it keeps every text as written, \u0000 too
  data json NOT NULL,
  metadata json NOT NULL,
  recorded_at timestamptz(3) NOT NULL,
  -- only in the first event of a command: how many events the command made, and its result
  command_event_count integer,
  command_result json,
  UNIQUE (stream, version)
);

-- Commands that made no event, such as refusals whose answer must stay the same.
CREATE TABLE eventless_commands (
  -- the id that the first event of the command would have
  id uuid PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  -- version of the stream and end of the store when the command ran
  version integer NOT NULL,
  position bigint NOT NULL,
  metadata json NOT NULL,
  result json NOT NULL,
  recorded_at timestamptz(3) NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are never changed or removed' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER events_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Runs several appends, each stored as a whole or not at all, and answers with three numbers for each, in their order:
-- outcome (0 appended, 1 a repeated command, 2 another version than expected), version of the stream and position of
-- the last event, or of the store's end, after it.
-- The arrays `event_…` hold the events of all appends one after the other; `event_counts` divides them.
-- Every append of the schema passes through one lock that is held until commit: so positions are contiguous, and
-- become visible in their order. It is an advisory lock, since a counter row would leave a dead version per append,
-- all of which the next one would wade through while a backup or a long report holds its snapshot.
CREATE FUNCTION append_batch(
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
  SELECT max(e.position) INTO head FROM events e;
  head := coalesce(head, 0);
  FOR i IN 1 .. cardinality(first_ids) LOOP
    first_id := first_ids[i];
    stream_name := streams[i];
    event_count := event_counts[i];
    SELECT max(e.version) INTO version_now FROM events e WHERE e.stream = stream_name;
    version_now := coalesce(version_now, 0);
    PERFORM FROM events e WHERE e.id = first_id UNION ALL SELECT FROM eventless_commands c WHERE c.id = first_id;
    IF FOUND THEN
      outcome := 1;
    ELSIF expected_versions[i] <> version_now THEN
      outcome := 2;
    ELSE
      outcome := 0;
      IF event_count = 0 THEN
        INSERT INTO eventless_commands (id, stream, version, position, metadata, result, recorded_at)
          VALUES (first_id, stream_name, version_now, head, metadatas[i], results[i], recorded_at);
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
