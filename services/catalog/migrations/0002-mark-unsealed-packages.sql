-- Uploads are answered before their manifest is made: which packages wait for it. Runs with search_path set to the service's schema.

-- contents of this server's changes that lack their manifest
ALTER TABLE packages ADD COLUMN unsealed text[] COLLATE "C" NOT NULL DEFAULT '{}';

-- Few packages wait at a time, for a moment each: the index holds those alone.
CREATE INDEX packages_unsealed ON packages (package_id) WHERE unsealed <> '{}';
