-- How far the projections of a service are. Runs with search_path set to the service's schema.

CREATE TABLE projection_checkpoints (
  name text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  -- position of the last event whose rows are committed; 0 before the first
  position bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, version)
);
