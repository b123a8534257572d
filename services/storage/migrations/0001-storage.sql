-- What storage knows of its blobs and uploads beside its events. Runs with search_path set to the service's schema.
-- Written in the transactions of the events, so each row is as true as they are.

-- Chunk lists never travel in events; they are kept here by the digest that the events name.
CREATE TABLE manifests (
  digest text PRIMARY KEY,
  sha256 text NOT NULL,
  bytes bytea NOT NULL
);

CREATE TABLE blobs (
  sha256 text PRIMARY KEY,
  status text NOT NULL CHECK (status IN ('fetching', 'verified')),
  sha1 text,
  size_bytes bigint NOT NULL,
  manifest_digest text NOT NULL
);

CREATE TABLE uploads (
  upload_id uuid PRIMARY KEY,
  status text NOT NULL CHECK (status IN ('started', 'completed', 'accepted', 'discarded', 'aborted')),
  -- the blob that the upload became, or is about to become: noted before the rename
  sha256 text,
  started_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX uploads_unfinished ON uploads (started_at) WHERE status IN ('started', 'completed');
