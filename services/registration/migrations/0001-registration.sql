-- What registration keeps beside its events. Runs with search_path set to the service's schema.

-- Which of the servers in the event store is this one: at most one row.
CREATE TABLE identity (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  iss text COLLATE "C" NOT NULL CHECK (iss ~ '^[0-9a-f]{32}$'),
  -- whether the next start makes another one in its place
  renew boolean NOT NULL DEFAULT false
);

-- Numbers of peers; drawn before the event that names them, so there may be gaps, but never one twice.
CREATE SEQUENCE peer_ids AS integer MINVALUE 1;

-- Tokens that were used, until their own times refuse them.
CREATE TABLE used_tokens (
  iss text COLLATE "C" NOT NULL,
  jti text COLLATE "C" NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (iss, jti)
);
CREATE INDEX used_tokens_until ON used_tokens (until);

-- How far the peers' clocks are from this server's: a measurement, no fact of the business, so no event.
CREATE TABLE peer_clocks (
  iss text COLLATE "C" PRIMARY KEY,
  offset_ms bigint NOT NULL,
  seen_at timestamptz NOT NULL
);

-- Which profile of this server each peer has confirmed.
CREATE TABLE profile_pushes (
  iss text COLLATE "C" PRIMARY KEY,
  -- stamp of the profile
  told_stamp bigint NOT NULL,
  failures integer NOT NULL,
  next_try_at timestamptz NOT NULL
);

-- Read model: the other servers that are known.
CREATE TABLE known_servers (
  iss text COLLATE "C" PRIMARY KEY,
  -- peer, introduced or former
  relation text COLLATE "C" NOT NULL,
  -- the last number that it had as a peer; 0 for one that never was
  peer_id integer NOT NULL,
  -- the peer that passed its profile on first; empty for a server that was registered without
  introduced_by text COLLATE "C" NOT NULL,
  -- proto3 JSON of odst.registration.v1.SignedProfile
  profile json NOT NULL,
  -- when it became what it is here
  since timestamptz(3) NOT NULL,
  -- the highest stage that changes may set which it tells as a peer
  stage_cap text COLLATE "C" NOT NULL,
  -- whether profiles that it tells of others as a peer are taken
  introduces boolean NOT NULL,
  -- since when nothing more of what it signs is taken; null for one that is not blocked
  blocked_since timestamptz(3),
  -- proto3 JSON of odst.registration.v1.SignedRetirement, also where it counts no more; null where nobody retired it
  retirement json,
  -- of its stream
  version bigint NOT NULL
);
CREATE UNIQUE INDEX known_servers_peer_id ON known_servers (peer_id) WHERE relation = 'peer';

-- Read model: the accounts, without anything secret.
CREATE TABLE accounts (
  username text COLLATE "C" PRIMARY KEY,
  role text NOT NULL,
  stages text[] NOT NULL,
  default_password boolean NOT NULL,
  created_at timestamptz(3) NOT NULL,
  password_changed_at timestamptz(3) NOT NULL,
  -- of its stream
  version bigint NOT NULL
);

-- Marks of credentials that a network gave rightly: keyed hashes, worth nothing without the key in `secrets`. They let their owner in
-- while guesses are limited. Not in any event: an aid against others' guesses, no fact of the business.
CREATE TABLE known_logins (
  mark bytea PRIMARY KEY,
  username text COLLATE "C" NOT NULL,
  seen_at timestamptz NOT NULL
);
CREATE INDEX known_logins_username ON known_logins (username, seen_at DESC);
CREATE INDEX known_logins_seen_at ON known_logins (seen_at);

-- Sessions of browsers. When one was used is no fact of the business, so no event; that it was started and ended is one.
CREATE TABLE sessions (
  session_id text COLLATE "C" PRIMARY KEY,
  -- SHA-256 of the value of the cookie
  token_hash bytea NOT NULL UNIQUE,
  username text COLLATE "C" NOT NULL,
  -- of the password that started it: another password ends it
  password_secret_id text COLLATE "C" NOT NULL,
  started_at timestamptz(3) NOT NULL,
  active_at timestamptz(3) NOT NULL,
  remote_address text NOT NULL,
  user_agent text NOT NULL
);
CREATE INDEX sessions_username ON sessions (username, active_at DESC);

-- What was refused to whom, counted by the minute. No event: who guesses would write as many as he likes. Names of no account are not
-- in it, as people type passwords there.
CREATE TABLE refusals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  minute timestamptz(3) NOT NULL,
  actor text COLLATE "C" NOT NULL,
  -- as guesses are counted by; empty where there were too many
  network text COLLATE "C" NOT NULL,
  code text COLLATE "C" NOT NULL,
  action text COLLATE "C" NOT NULL,
  remote_address text NOT NULL,
  method text NOT NULL,
  path text NOT NULL,
  count bigint NOT NULL,
  first_at timestamptz(3) NOT NULL,
  last_at timestamptz(3) NOT NULL,
  UNIQUE (minute, actor, network, code, action)
);

-- When API tokens were last used, to a minute.
CREATE TABLE token_uses (
  token_id text COLLATE "C" PRIMARY KEY,
  used_at timestamptz(3) NOT NULL,
  remote_address text NOT NULL
);
