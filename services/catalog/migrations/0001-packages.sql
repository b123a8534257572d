-- What catalog keeps beside its events. Runs with search_path set to the service's schema.
-- Keys are compared byte by byte, so that no collation of an operating system can change their order.

-- Numbers of packages: counted up, never given twice.
CREATE SEQUENCE package_numbers AS integer;

-- Read model of the packages: each row is its stream, folded.
CREATE TABLE packages (
  uuid text COLLATE "C" PRIMARY KEY,
  package_id integer NOT NULL UNIQUE,
  filename text COLLATE "C" NOT NULL,
  -- the file name as searches compare it
  folded_name text COLLATE "C" NOT NULL,
  -- of the head that the package is listed under: Public, Downloading or Withheld; Deleted where there is none
  status text COLLATE "C" NOT NULL,
  -- of that head; empty for none
  stage text COLLATE "C" NOT NULL,
  -- stages with a content
  stages text[] COLLATE "C" NOT NULL,
  -- whether a head is in conflict
  in_conflict boolean NOT NULL,
  -- whether it is deleted, and served until an admin confirms
  awaits_confirmation boolean NOT NULL,
  -- contents that the package names: in heads, as sides of conflicts, as what is served, here, or in the trash; without what it let go
  contents text[] COLLATE "C" NOT NULL,
  -- contents whose bytes are wanted
  wanted text[] COLLATE "C" NOT NULL,
  -- contents of this server's changes that lack their manifest
  unsealed text[] COLLATE "C" NOT NULL,
  -- of the changes that may leave this server, as other servers take it too; null where there are none
  record_digest text COLLATE "C",
  -- contents that are to leave this server once another one holds them
  leaving text[] COLLATE "C" NOT NULL,
  -- when the oldest content in the trash came there
  trashed_at timestamptz(3),
  -- version of the stream
  version integer NOT NULL,
  -- when the package came to this server
  created_at timestamptz(3) NOT NULL,
  -- when its last event was recorded
  changed_at timestamptz(3) NOT NULL,
  -- what lists show
  view json NOT NULL,
  -- the folded state
  state json NOT NULL
);
CREATE INDEX packages_by_status ON packages (status, package_id);
CREATE INDEX packages_by_name ON packages (filename);
-- A search looks through all names: here without the rest of the rows.
CREATE INDEX packages_by_folded_name ON packages (folded_name) INCLUDE (package_id);
CREATE INDEX packages_by_change ON packages (changed_at, package_id);
CREATE INDEX packages_by_content ON packages USING gin (contents);

-- All that is read where servers compare what they have.
CREATE INDEX packages_by_digest ON packages (uuid) INCLUDE (record_digest) WHERE record_digest IS NOT NULL;

-- Few packages are in these states at a time: the indexes hold those alone.
CREATE INDEX packages_in_conflict ON packages (package_id) WHERE in_conflict;
CREATE INDEX packages_to_confirm ON packages (package_id) WHERE awaits_confirmation;
CREATE INDEX packages_wanted ON packages (package_id) WHERE wanted <> '{}';
CREATE INDEX packages_unsealed ON packages (package_id) WHERE unsealed <> '{}';
CREATE INDEX packages_leaving ON packages (package_id) WHERE leaving <> '{}';
CREATE INDEX packages_trashed ON packages (trashed_at) WHERE trashed_at IS NOT NULL;

-- Which tables may be replaced by rebuilt ones: see 0002-rebuilds.sql of the projections.
COMMENT ON TABLE packages IS 'projection: packages';
