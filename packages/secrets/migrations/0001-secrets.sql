-- What must stay secret and therefore stands in no event: keys, hashes of passwords and tokens, credentials.
-- Runs with search_path set to the owning service's schema.

CREATE TABLE secrets (
  id text COLLATE "C" PRIMARY KEY,
  -- version, key id, nonce, AES-256-GCM ciphertext and tag; bound to the id
  sealed bytea NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
