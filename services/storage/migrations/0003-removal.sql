-- What is known of blobs that nothing uses. Runs with search_path set to the service's schema.

ALTER TABLE blobs
  -- whether anybody relies on the blob besides an upload that may still be refused: an answer that it is held needs no claim then
  ADD COLUMN claimed boolean NOT NULL DEFAULT false,
  -- since when nothing names the content; null while something does, or nobody has looked
  ADD COLUMN unreferenced_since timestamptz(3);

CREATE INDEX blobs_unreferenced ON blobs (unreferenced_since) WHERE unreferenced_since IS NOT NULL;

-- Removed blobs whose files may be there still: written with the event, deleted when the files are gone or the blob is back.
CREATE TABLE removed_blobs (
  sha256 text PRIMARY KEY,
  size_bytes bigint NOT NULL,
  unreferenced_since timestamptz(3),
  removed_at timestamptz(3) NOT NULL
);

-- The manifests of a removed blob go with it.
CREATE INDEX manifests_by_content ON manifests (sha256);
