-- Requests that clients may send again under a key of theirs (Idempotency-Key), with the answers that they had, for a day.
CREATE TABLE idempotent_requests (
  -- SHA-256 over caller and key.
  id text PRIMARY KEY,
  caller text NOT NULL,
  -- The same for all tries of the request.
  request_id uuid NOT NULL,
  -- Of the try that runs, or ran last.
  claim uuid NOT NULL,
  -- Digest of the request, and the answer where there is one, encrypted with DATABASE_KEY.
  sealed bytea NOT NULL,
  answered boolean NOT NULL,
  running_until timestamptz NOT NULL,
  began_at timestamptz NOT NULL
);
CREATE INDEX idempotent_requests_by_age ON idempotent_requests (began_at);
