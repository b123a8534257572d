-- Topics are known by names without KAFKA_TOPIC_PREFIX, `odst.<service>.v1`, so that another prefix does not show every event a
-- second time. Of those that were shown twice for that the first one takes the name: numbers are never taken back.
UPDATE event_feed f SET topic = 'odst' || substring(topic FROM position('.' IN topic))
  WHERE topic NOT LIKE 'odst.%' AND NOT EXISTS (
    SELECT FROM event_feed e
    WHERE e.position = f.position AND substring(e.topic FROM position('.' IN e.topic)) = substring(f.topic FROM position('.' IN f.topic))
      AND (e.topic LIKE 'odst.%' OR e.feedsequence < f.feedsequence)
  );
