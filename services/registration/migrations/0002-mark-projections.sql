-- Which tables may be replaced by rebuilt ones: see 0002-rebuilds.sql of the projections. Runs with search_path set to the
-- service's schema.

COMMENT ON TABLE known_servers IS 'projection: servers';
COMMENT ON TABLE accounts IS 'projection: accounts';
