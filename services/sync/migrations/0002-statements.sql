-- What servers say of themselves, signed: which contents they hold, how far they have written, and that they run. Runs with search_path set to the service's schema.

-- The newest statement of each subject. Its entry in `feed` has the same subject, and is renumbered with it in one transaction.
CREATE TABLE statements (
  -- as in feed: <iss>.<shard> for holdings, <iss>.writer for a writer, <iss> for a heartbeat
  subject text COLLATE "C" PRIMARY KEY,
  iss text COLLATE "C" NOT NULL,
  -- first byte of the contents' SHA-256; null for the others
  shard smallint,
  -- of a writer: as in odst.sync.v1.WriterStatement; null for the others
  epoch text COLLATE "C",
  last_stamp bigint,
  floor bigint,
  -- milliseconds since 1970, by the clock of the server that signed
  stamp bigint NOT NULL,
  -- as in odst.sync.v1.HoldingsStatement; empty for the others
  entries bytea NOT NULL,
  signature bytea NOT NULL,
  -- when the server was alive, by the clock of this one
  heard_at timestamptz(3) NOT NULL
);
CREATE INDEX statements_by_shard ON statements (shard);
CREATE INDEX statements_by_server ON statements (iss);
