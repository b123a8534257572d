-- The HTTP event feed: a record of what was published, in one contiguous order. Never rebuilt: integrators hold its numbers.
CREATE TABLE event_feed (
  feedsequence bigint PRIMARY KEY,
  topic text NOT NULL,
  position bigint NOT NULL,
  event_name text NOT NULL,
  event json NOT NULL,
  UNIQUE (topic, position)
);

CREATE TABLE event_feed_counter (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  last bigint NOT NULL
);
INSERT INTO event_feed_counter (last) VALUES (0);
