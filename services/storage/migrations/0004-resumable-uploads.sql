-- Uploads that may come in several requests. Runs with search_path set to the service's schema.

-- What became of an upload, written with the event that ends it.
ALTER TABLE uploads
  ADD COLUMN sha1 text,
  ADD COLUMN outcome text CHECK (outcome IN ('created', 'replaced', 'unchanged')),
  ADD COLUMN package_id integer,
  ADD COLUMN code text,
  ADD COLUMN reason text,
  ADD COLUMN ended_at timestamptz(3);

CREATE TABLE resumable_uploads (
  upload_id uuid PRIMARY KEY,
  -- name of the account that began it
  owner text NOT NULL,
  filename text NOT NULL,
  stage text NOT NULL,
  replace boolean NOT NULL,
  -- SHA-256 of what the stage is to have when it is replaced, or 'nothing'; empty for whatever it has
  replaces text NOT NULL,
  size_bytes bigint NOT NULL,
  -- bytes that survive any crash: said to clients, so only ever what a sync of the file went before
  durable_bytes bigint NOT NULL DEFAULT 0,
  wanted_sha256 text,
  -- as it came, to be given back as it came
  metadata text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  -- when durable_bytes was said last; NULL before the first byte. expires_at does not tell: the time in between is a setting
  advanced_at timestamptz(3),
  expires_at timestamptz(3) NOT NULL
);

CREATE INDEX resumable_uploads_by_time ON resumable_uploads (created_at DESC, upload_id DESC);
CREATE INDEX resumable_uploads_by_owner ON resumable_uploads (owner, created_at DESC, upload_id DESC);
