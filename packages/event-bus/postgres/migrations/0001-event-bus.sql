-- The bus between the services. Runs with search_path set to the schema that all of them share.
-- Keys are compared byte by byte, so that no collation of an operating system can change their order.

-- One row per topic, and so per publishing service.
CREATE TABLE producers (
  topic text COLLATE "C" PRIMARY KEY,
  -- highest fencing number seen
  fence bigint NOT NULL,
  -- of the last message
  position bigint NOT NULL
);

-- Never changed or removed: a consumer can begin anywhere.
CREATE TABLE messages (
  topic text COLLATE "C" NOT NULL,
  -- place of the event in the publishing service's store; without gaps
  position bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  -- CloudEvent; json, not jsonb: it keeps every text as written, \u0000 too
  event json NOT NULL,
  PRIMARY KEY (topic, position)
);

-- How far each group is in each topic.
CREATE TABLE consumers (
  group_name text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL,
  -- all up to here are done, but for the waiting ones
  position bigint NOT NULL,
  -- at or below position: not done, as their key failed
  waiting bigint[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (group_name, topic)
);

-- Adds messages of one topic, those that it does not have. Publishing passes through the row of the producer, which is
-- locked until commit: so positions become visible in their order, and nobody can miss one.
CREATE FUNCTION publish(
  into_topic text,
  with_fence bigint,
  positions bigint[], -- ascending, each by one
  keys text[],
  events json[]
) RETURNS TABLE (
  outcome text, -- 'published', 'overtaken' or 'gap'
  known_fence bigint,
  last_position bigint -- before
)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
BEGIN
  INSERT INTO producers (topic, fence, position) VALUES (into_topic, with_fence, 0) ON CONFLICT (topic) DO NOTHING;
  SELECT p.fence, p.position INTO known_fence, last_position FROM producers p WHERE p.topic = into_topic FOR UPDATE;
  IF with_fence < known_fence THEN
    outcome := 'overtaken';
  ELSIF positions[1] > last_position + 1 THEN
    outcome := 'gap';
  ELSE
    outcome := 'published';
    INSERT INTO messages (topic, position, key, event)
      SELECT into_topic, m.position, m.key, m.event
      FROM unnest(positions, keys, events) AS m (position, key, event)
      WHERE m.position > last_position;
    UPDATE producers p
      SET fence = with_fence, position = greatest(last_position, positions[cardinality(positions)])
      WHERE p.topic = into_topic;
  END IF;
  RETURN NEXT;
END
$$;
