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
  UNIQUE (stream, version)
);

CREATE TABLE commands (
  command_id text COLLATE "C" PRIMARY KEY,
  -- version of the stream after the command
  version integer NOT NULL,
  -- position of the last event; of the store's end when the command made none
  last_position bigint NOT NULL,
  event_count integer NOT NULL,
  result json NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are never changed or removed' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER events_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Runs several appends, each stored as a whole or not at all, and answers with one row for each, in their order.
-- The parallel arrays `event_…` hold the events of all appends one after the other; `event_counts` divides them.
-- Every append of the schema passes through one lock that is held until commit: so positions are contiguous, and
-- become visible in their order. It is an advisory lock, since a counter row would leave a dead version per append,
-- all of which the next one would wade through while a backup or a long report holds its snapshot.
CREATE FUNCTION append_batch(
  command_ids text[],
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
) RETURNS TABLE (
  outcome text, -- 'appended', 'repeated' or 'conflict'
  stream_version integer, -- after the append; the actual one of a conflict
  last_position bigint,
  event_count integer,
  known_result json -- of a repeated command
)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  head bigint;
  done integer := 0;
  present integer;
BEGIN
  PERFORM pg_advisory_xact_lock(20036, 'events'::regclass::oid::integer);
  SELECT coalesce(max(e.position), 0) INTO head FROM events e;
  FOR i IN 1 .. cardinality(command_ids) LOOP
    event_count := event_counts[i];
    SELECT 'repeated', c.version, c.last_position, c.event_count, c.result
      INTO outcome, stream_version, last_position, present, known_result
      FROM commands c WHERE c.command_id = command_ids[i];
    IF FOUND THEN
      done := done + event_count;
      event_count := present;
      RETURN NEXT;
      CONTINUE;
    END IF;
    SELECT coalesce(max(e.version), 0) INTO stream_version FROM events e WHERE e.stream = streams[i];
    IF expected_versions[i] <> stream_version THEN
      outcome := 'conflict';
      done := done + event_count;
      RETURN NEXT;
      CONTINUE;
    END IF;
    FOR k IN 1 .. event_count LOOP
      INSERT INTO events (position, id, stream, version, type, schema_version, data, metadata, recorded_at) VALUES (
        head + k, event_ids[done + k], streams[i], stream_version + k, event_types[done + k],
        event_schema_versions[done + k], event_datas[done + k], metadatas[i], recorded_at
      );
    END LOOP;
    done := done + event_count;
    head := head + event_count;
    stream_version := stream_version + event_count;
    last_position := head;
    outcome := 'appended';
    INSERT INTO commands (command_id, version, last_position, event_count, result)
      VALUES (command_ids[i], stream_version, last_position, event_count, results[i]);
    RETURN NEXT;
  END LOOP;
END
$$;
