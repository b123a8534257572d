-- What servers say of themselves, signed: which contents they hold, and that they run. Runs with search_path set to the service's schema.

-- The newest statement of each subject. Its entry in `feed` has the same subject, and is renumbered with it in one transaction.
CREATE TABLE statements (
  -- as in feed: <iss>.<shard> for holdings, <iss> for a heartbeat
  subject text COLLATE "C" PRIMARY KEY,
  iss text COLLATE "C" NOT NULL,
  -- first byte of the contents' SHA-256; null for a heartbeat
  shard smallint,
  -- milliseconds since 1970, by the clock of the server that signed
  stamp bigint NOT NULL,
  -- as in odst.sync.v1.HoldingsStatement; empty for a heartbeat
  entries bytea NOT NULL,
  signature bytea NOT NULL,
  -- when the server was alive, by the clock of this one
  heard_at timestamptz(3) NOT NULL
);
CREATE INDEX statements_by_shard ON statements (shard);
CREATE INDEX statements_by_server ON statements (iss);
