-- What one service needs to publish and to consume. Runs with search_path set to the service's schema.

-- Rights to be the only one at something, by time of the database.
CREATE TABLE leases (
  name text COLLATE "C" PRIMARY KEY,
  -- rises with every holder
  fence bigint NOT NULL,
  expires_at timestamptz NOT NULL,
  -- name of the advisory lock that the holder's process had when it took or renewed it, if it had one
  holder text,
  -- process in the database of the connection that took or renewed it last
  renewed_by integer NOT NULL
);

-- What each consumer has done: the last message of each key, whose messages come in order.
CREATE TABLE inbox (
  consumer text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (consumer, topic, key)
);

-- Messages that a consumer could not handle, and those of the same key behind them.
CREATE TABLE dead_letters (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  event json NOT NULL,
  state text NOT NULL CHECK (state IN ('failed', 'waiting', 'skipped')),
  tries integer NOT NULL,
  error text NOT NULL,
  parked_at timestamptz(3) NOT NULL,
  -- until then somebody retries it
  taken_until timestamptz,
  skipped_by text,
  skipped_at timestamptz(3),
  skip_reason text,
  UNIQUE (consumer, topic, position),
  CHECK ((state = 'skipped') = (skipped_at IS NOT NULL AND skipped_by IS NOT NULL AND skip_reason IS NOT NULL))
);

CREATE INDEX dead_letters_by_key ON dead_letters (consumer, topic, key, position) WHERE state <> 'skipped';
