-- What catalog keeps beside its events. Runs with search_path set to the service's schema.
-- Keys are compared byte by byte, so that no collation of an operating system can change their order.

-- Numbers of packages: counted up, never given twice.
CREATE SEQUENCE package_numbers AS integer;

-- Read model of the packages: each row is its stream, folded.
CREATE TABLE packages (
  uuid text COLLATE "C" PRIMARY KEY,
  package_id integer NOT NULL UNIQUE,
  filename text COLLATE "C" NOT NULL,
  -- Public, Downloading, Withheld or Deleted
  status text COLLATE "C" NOT NULL,
  stage text COLLATE "C" NOT NULL,
  -- content that stands
  sha256 text COLLATE "C" NOT NULL,
  -- contents that the package names: what stands, what is served, and the sides of a conflict
  contents text[] COLLATE "C" NOT NULL,
  -- version of the stream
  version integer NOT NULL,
  -- when the package came to this server
  created_at timestamptz(3) NOT NULL,
  -- the folded state
  state json NOT NULL
);
CREATE INDEX packages_by_status ON packages (status, stage);
CREATE INDEX packages_by_content ON packages USING gin (contents);
