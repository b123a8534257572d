-- Which tables may be replaced by rebuilt ones: see 0002-rebuilds.sql of the projections. Runs with search_path set to the
-- service's schema.

COMMENT ON TABLE packages IS 'projection: packages';
