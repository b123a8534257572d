-- Rebuilds of projections beside their live tables. Runs with search_path set to the service's schema.

-- The last rebuild of each projection: how far it is, and how it ended.
CREATE TABLE projection_rebuilds (
  name text COLLATE "C" PRIMARY KEY,
  version integer NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
  -- position of the last event whose rows are in the tables beside the live ones
  position bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- why it failed; else empty
  error text NOT NULL DEFAULT ''
);

-- The tables beside the live ones have the same names in a schema `<schema>_rebuild_<projection>`, so that they can move to the
-- live schema with indexes and constraints as they are.
--
-- A service's role fills its tables but cannot drop or replace one, which is what keeps its events from being removed. So the
-- functions below run as the owner, and take only tables that the owner has marked in a migration, with the comment
-- `projection: <name>`. They look for names in pg_catalog alone, as the role could put its own functions before others; so each has
-- the name of its schema written into it, as `$schema$`.
DO $migration$
DECLARE
  definition text;
BEGIN
FOREACH definition IN ARRAY ARRAY[
-- Makes empty tables beside the live ones, and removes those of a rebuild that was broken off. Answers with the tables' names.
$function$
CREATE FUNCTION begin_projection_rebuild(projection text) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp SET client_min_messages TO warning AS $$
DECLARE
  live text := $schema$;
  beside text := live || '_rebuild_' || projection;
  names text[];
  one record;
  more record;
BEGIN
  IF octet_length(beside) > 63 THEN RAISE EXCEPTION 'the name % is too long for a schema', beside; END IF;
  EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', beside);
  EXECUTE format('CREATE SCHEMA %I', beside);
  FOR one IN SELECT c.oid, c.relname, c.relowner, c.relacl FROM pg_class c
      WHERE c.relnamespace = quote_ident(live)::regnamespace AND c.relkind = 'r'
        AND obj_description(c.oid, 'pg_class') = 'projection: ' || projection ORDER BY c.relname LOOP
    names := names || one.relname::text;
    EXECUTE format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING ALL EXCLUDING INDEXES)', beside, one.relname, live, one.relname);
    -- LIKE would give the indexes other names, and migrations to come know them by the ones they have.
    FOR more IN SELECT CASE
          WHEN k.oid IS NULL THEN replace(pg_get_indexdef(i.indexrelid),
            format(' ON %I.%I USING ', live, one.relname), format(' ON %I.%I USING ', beside, one.relname))
          ELSE format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', beside, one.relname, k.conname, pg_get_constraintdef(k.oid))
        END AS statement
        FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid
        WHERE i.indrelid = one.oid ORDER BY i.indexrelid LOOP
      EXECUTE more.statement;
    END LOOP;
    FOR more IN SELECT privilege_type AS privilege, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM aclexplode(one.relacl) WHERE grantee <> one.relowner LOOP
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO %s', beside, more.role);
      EXECUTE format('GRANT %s ON %I.%I TO %s', more.privilege, beside, one.relname, more.role);
    END LOOP;
  END LOOP;
  RETURN names;
END
$$
$function$,

-- Lets the planner know the tables beside the live ones, before anybody reads them.
$function$
CREATE FUNCTION analyze_projection_rebuild(projection text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
  beside text := $schema$ || '_rebuild_' || projection;
  one record;
BEGIN
  FOR one IN SELECT relname FROM pg_class WHERE relnamespace = quote_ident(beside)::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('ANALYZE %I.%I', beside, one.relname);
  END LOOP;
END
$$
$function$,

-- Puts the tables beside the live ones in their place.
$function$
CREATE FUNCTION switch_projection_rebuild(projection text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
  live text := $schema$;
  beside text := live || '_rebuild_' || projection;
  one record;
BEGIN
  FOR one IN SELECT relname FROM pg_class WHERE relnamespace = quote_ident(beside)::regnamespace AND relkind = 'r' ORDER BY relname LOOP
    EXECUTE format('DROP TABLE %I.%I', live, one.relname);
    EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', beside, one.relname, live);
    EXECUTE format('COMMENT ON TABLE %I.%I IS %L', live, one.relname, 'projection: ' || projection);
  END LOOP;
  EXECUTE format('DROP SCHEMA %I', beside);
END
$$
$function$,

-- Removes the tables beside the live ones, where there are some.
$function$
CREATE FUNCTION drop_projection_rebuild(projection text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp SET client_min_messages TO warning AS $$
BEGIN
  EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', $schema$ || '_rebuild_' || projection);
END
$$
$function$
] LOOP
  EXECUTE replace(definition, '$schema$', quote_literal(current_schema()));
END LOOP;
END
$migration$;

REVOKE EXECUTE ON FUNCTION begin_projection_rebuild(text), analyze_projection_rebuild(text), switch_projection_rebuild(text),
  drop_projection_rebuild(text) FROM PUBLIC;
