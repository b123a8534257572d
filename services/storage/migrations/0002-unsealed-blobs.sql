-- Blobs that have no manifest yet are looked for every minute; there are few.
CREATE INDEX blobs_unsealed ON blobs (sha256) WHERE status = 'verified' AND manifest_digest = '';
