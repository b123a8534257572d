-- Topics are known by names without KAFKA_TOPIC_PREFIX, `odst.<service>.v1`, so that another prefix does not make every message
-- a new one. Of rows that differ in the prefix only, the one that is further, or was there first, stays.

INSERT INTO inbox AS known (consumer, topic, key, position)
  SELECT consumer, 'odst' || substring(topic FROM position('.' IN topic)), key, max(inbox.position)
  FROM inbox WHERE topic NOT LIKE 'odst.%' GROUP BY 1, 2, 3
  ON CONFLICT (consumer, topic, key) DO UPDATE SET position = greatest(known.position, excluded.position);
DELETE FROM inbox WHERE topic NOT LIKE 'odst.%';

DELETE FROM dead_letters l USING dead_letters f
  WHERE f.consumer = l.consumer AND f.position = l.position AND f.id < l.id
  AND substring(f.topic FROM position('.' IN f.topic)) = substring(l.topic FROM position('.' IN l.topic));
UPDATE dead_letters SET topic = 'odst' || substring(topic FROM position('.' IN topic)) WHERE topic NOT LIKE 'odst.%';
