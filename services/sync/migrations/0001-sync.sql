-- What sync keeps beside its events. Runs with search_path set to the service's schema.

-- The change feed that peers read: its identity and the counter of its positions. One row.
CREATE TABLE feed_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  feed_id text NOT NULL,
  position bigint NOT NULL,
  -- [{id, first}]: the starts of this server, each with the first position that it might give; the running one last
  epochs json NOT NULL DEFAULT '[]'
);

-- One entry per package and per known server, renumbered at each change. Positions come from feed_head, whose row lock is held until
-- commit: so they become visible in their order, and a reader that has seen one never misses a lower one.
CREATE TABLE feed (
  -- id of the package, or of the server
  subject text COLLATE "C" PRIMARY KEY,
  -- package or profile
  kind text COLLATE "C" NOT NULL,
  position bigint NOT NULL UNIQUE,
  -- position of the event at its service: an older one never overwrites a newer one
  source_position bigint NOT NULL,
  -- proto3 JSON of odst.catalog.v1.PackageRecord or odst.registration.v1.SignedProfile
  content json NOT NULL
);

-- How far each peer's feed was read.
CREATE TABLE peer_cursors (
  peer_iss text COLLATE "C" PRIMARY KEY,
  -- opaque; empty for the start
  cursor text NOT NULL,
  last_answer_at timestamptz(3),
  -- when the peer was last seen to have been restored from a backup
  restored_at timestamptz(3),
  -- {epochs, returns}: in which epochs the peer was seen, for two servers with one identity
  seen_epochs json NOT NULL DEFAULT '{"epochs":[],"returns":[]}',
  -- records that were skipped as invalid
  refused_records bigint NOT NULL DEFAULT 0
);

-- Which contents each peer's feed names for a package: where a content can be fetched.
CREATE TABLE peer_contents (
  peer_iss text COLLATE "C" NOT NULL,
  package_uuid text COLLATE "C" NOT NULL,
  sha256 text COLLATE "C" NOT NULL,
  -- whether the peer's stage admits the content, or it made the change
  likely boolean NOT NULL,
  PRIMARY KEY (peer_iss, package_uuid, sha256)
);
CREATE INDEX peer_contents_by_content ON peer_contents (sha256);

-- Records that could not be judged yet, as their signer is not known here. They are offered again.
CREATE TABLE pending_records (
  id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  peer_iss text COLLATE "C" NOT NULL,
  package_uuid text COLLATE "C" NOT NULL,
  record json NOT NULL,
  PRIMARY KEY (peer_iss, package_uuid)
);
