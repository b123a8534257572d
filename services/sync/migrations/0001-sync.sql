-- What sync keeps beside its events. Runs with search_path set to the service's schema.

-- The change feed that peers read: its identity and the counter of its positions. One row.
CREATE TABLE feed_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  feed_id text NOT NULL,
  position bigint NOT NULL,
  -- [{id, first}]: the starts of this server, each with the first position that it might give; the running one last
  epochs json NOT NULL DEFAULT '[]'
);

-- The index of the feed: one entry per package, per known server and per retired one, renumbered at each change. Positions come from feed_head, whose row
-- lock is held until commit: so they become visible in their order, and a reader that has seen one never misses a lower one.
CREATE TABLE feed (
  -- package, whose record catalog has, profile, retirement, or what a statement says
  kind text COLLATE "C" NOT NULL,
  -- id of the package, or of the server
  subject text COLLATE "C" NOT NULL,
  position bigint NOT NULL UNIQUE,
  -- position of the event at its service: an older one never overwrites a newer one
  source_position bigint NOT NULL,
  -- proto3 JSON of odst.registration.v1.SignedProfile
  profile json CHECK ((kind = 'profile') = (profile IS NOT NULL)),
  -- proto3 JSON of odst.registration.v1.SignedRetirement
  retirement json CHECK ((kind = 'retirement') = (retirement IS NOT NULL)),
  PRIMARY KEY (kind, subject)
);

-- How far each peer's feed was read.
CREATE TABLE peer_cursors (
  peer_iss text COLLATE "C" PRIMARY KEY,
  -- opaque; empty for the start
  cursor text NOT NULL,
  last_answer_at timestamptz(3),
  -- when the peer was last seen to have been restored from a backup
  restored_at timestamptz(3),
  -- when its feed was read to its end last
  read_to_end_at timestamptz(3),
  -- {epochs, returns}: in which epochs the peer was seen, for two servers with one identity
  seen_epochs json NOT NULL DEFAULT '{"epochs":[],"returns":[]}',
  -- whether held changes were dropped for want of room: then the feed is read again from its start when there is some
  dropped_held boolean NOT NULL DEFAULT false,
  -- what the last comparison with it found; null before the first
  comparison json
);

-- Which contents each peer's feed names for a package: where a content can be fetched.
CREATE TABLE peer_contents (
  peer_iss text COLLATE "C" NOT NULL,
  package_uuid text COLLATE "C" NOT NULL,
  sha256 text COLLATE "C" NOT NULL,
  -- a content is known by its manifest too: a false one spoils nobody else's
  manifest_digest text COLLATE "C" NOT NULL,
  -- whether the peer's stage admits the content, or it made the change
  likely boolean NOT NULL,
  PRIMARY KEY (peer_iss, package_uuid, sha256, manifest_digest)
);
CREATE INDEX peer_contents_by_content ON peer_contents (sha256, manifest_digest);

-- Changes that peers told and that are not taken in, 1,000 per peer at most. They end nothing meanwhile.
CREATE TABLE held_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  peer_iss text COLLATE "C" NOT NULL,
  package_uuid text COLLATE "C" NOT NULL,
  -- SHA-256 of what is held: the same change that is told again keeps its time
  digest text COLLATE "C" NOT NULL,
  filename text NOT NULL,
  -- empty where a whole record was refused
  act text NOT NULL,
  stages text[] NOT NULL,
  -- empty where a whole record was refused
  signed_by text COLLATE "C" NOT NULL,
  -- of the error register
  code text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  -- whether it can never be taken in
  is_final boolean NOT NULL,
  -- odst.catalog.v1.PackageRecord, to be offered again, as a message: JSON of what a peer wrote is not always text here. Null where
  -- there is nothing that could be offered
  record bytea,
  since timestamptz(3) NOT NULL,
  -- when it was last offered again
  offered_at timestamptz(3)
);
CREATE INDEX held_changes_of_package ON held_changes (peer_iss, package_uuid);
CREATE INDEX held_changes_to_offer ON held_changes (peer_iss, code, signed_by, offered_at NULLS FIRST, id) WHERE NOT is_final;
