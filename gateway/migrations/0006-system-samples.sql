-- How the server fared, once a minute, for two days: a measurement, no fact of the business.
CREATE TABLE system_samples (
  at timestamptz PRIMARY KEY,
  -- the machine that measured
  source text NOT NULL,
  measured json NOT NULL
);
