-- A publication updated the row of its producer, and each update leaves a dead version behind as long as a backup, or a long
-- report, holds a snapshot; the next one walks through all of them. The last position is that of the last message, which is one
-- look at the end of the primary key. The row stays for its lock and for the fence, and is written when the fence rises.
ALTER TABLE producers DROP COLUMN position;

-- As before, but for where the last position is read from.
CREATE OR REPLACE FUNCTION publish(
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
  INSERT INTO producers (topic, fence) VALUES (into_topic, with_fence) ON CONFLICT (topic) DO NOTHING;
  SELECT p.fence INTO known_fence FROM producers p WHERE p.topic = into_topic FOR UPDATE;
  -- Each statement from here on sees what was committed before the lock was given.
  SELECT coalesce(max(m.position), 0) INTO last_position FROM messages m WHERE m.topic = into_topic;
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
    IF with_fence > known_fence THEN
      UPDATE producers p SET fence = with_fence WHERE p.topic = into_topic;
    END IF;
  END IF;
  RETURN NEXT;
END
$$;
