-- Tables with all that a rebuild must keep. Runs with search_path set to the service's schema.
CREATE TABLE shelves (
  dropped text,
  text text COLLATE "C" CONSTRAINT shelves_by_text PRIMARY KEY,
  notes integer NOT NULL DEFAULT 7 CHECK (notes > 0),
  sum bigint NOT NULL,
  since timestamptz(3) NOT NULL,
  doubled bigint GENERATED ALWAYS AS (sum * 2) STORED
);
ALTER TABLE shelves DROP COLUMN dropped;
CREATE INDEX shelves_full ON shelves USING btree (notes, lower(text)) WHERE notes > 3;
COMMENT ON TABLE shelves IS 'projection: note-shelves';
CREATE TABLE last_notes (
  position bigint PRIMARY KEY,
  text text NOT NULL,
  CONSTRAINT one_text_a_place UNIQUE (text, position)
);
COMMENT ON TABLE last_notes IS 'projection: note-shelves';
