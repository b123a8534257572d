-- What is asked for of what happened lately: the thing that it was about, and who did it.
ALTER TABLE event_feed ADD COLUMN subject text, ADD COLUMN actor text;
-- The first attribute of the name: that of the event, as its data come last.
UPDATE event_feed SET
  subject = coalesce(substring(event::text FROM '"subject":"([^"]*)"'), ''),
  actor = coalesce(substring(event::text FROM '"actor":"([^"]*)"'), '');
ALTER TABLE event_feed ALTER COLUMN subject SET NOT NULL, ALTER COLUMN actor SET NOT NULL;

-- Of packages alone: events of blobs and transfers are many, and nobody asks for those of one.
CREATE INDEX event_feed_by_package ON event_feed (subject, feedsequence) WHERE subject LIKE 'package-%';

DROP FUNCTION add_to_event_feed(text, bigint[], text[], json[]);
-- As before, with subject and actor.
CREATE FUNCTION add_to_event_feed(
  of_topic text,
  positions bigint[],
  event_names text[],
  events json[],
  subjects text[],
  actors text[]
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
  INSERT INTO event_feed (feedsequence, topic, position, event_name, event, subject, actor)
    SELECT last + row_number() OVER (ORDER BY m.position), of_topic, m.position, m.event_name, m.event, m.subject, m.actor
    FROM unnest(positions, event_names, events, subjects, actors) AS m (position, event_name, event, subject, actor)
    WHERE NOT EXISTS (SELECT FROM event_feed f WHERE f.topic = of_topic AND f.position = m.position);
  GET DIAGNOSTICS added = ROW_COUNT;
  RETURN added;
END
$$;
