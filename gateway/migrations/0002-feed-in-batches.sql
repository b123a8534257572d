-- Events are added many at once, and numbered under a lock of the transaction instead of a counter row: an update of that row
-- for every batch leaves a dead version of it behind as long as a backup runs, and each next update walks through them all.
DROP TABLE event_feed_counter;

-- Filters by name: a rare event is found without reading all others.
CREATE INDEX event_feed_by_name ON event_feed (event_name, feedsequence);

-- Adds events of one topic, those that the feed does not have, in order of position and under the next numbers. The lock lasts
-- until the commit is visible: so numbers appear in their order, without a gap, whoever else adds at the same time.
CREATE FUNCTION add_to_event_feed(
  of_topic text,
  positions bigint[],
  event_names text[],
  events json[]
) RETURNS bigint -- how many were new
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  last bigint;
  added bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(20038, 'event_feed'::regclass::oid::integer);
  -- Each statement from here on sees what was committed before the lock was given.
  SELECT coalesce(max(f.feedsequence), 0) INTO last FROM event_feed f;
  INSERT INTO event_feed (feedsequence, topic, position, event_name, event)
    SELECT last + row_number() OVER (ORDER BY m.position), of_topic, m.position, m.event_name, m.event
    FROM unnest(positions, event_names, events) AS m (position, event_name, event)
    WHERE NOT EXISTS (SELECT FROM event_feed f WHERE f.topic = of_topic AND f.position = m.position);
  GET DIAGNOSTICS added = ROW_COUNT;
  RETURN added;
END
$$;
