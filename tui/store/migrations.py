"""The database's formats in order: user_version N means that the first N of them have run. Only ever append."""

from __future__ import annotations

# What lists show is narrow and apart from the bodies, so that paging through 100,000 records reads no log,
# no output and no input.
_PREDICTIONS = """
CREATE TABLE predictions (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'prediction',
  created_at INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT '',
  live INTEGER NOT NULL DEFAULT 0,
  model TEXT NOT NULL DEFAULT '',
  version TEXT NOT NULL DEFAULT '',
  deployment TEXT,
  source TEXT NOT NULL DEFAULT '',
  started_at INTEGER,
  completed_at INTEGER,
  predict_time REAL,
  total_time REAL,
  summary TEXT NOT NULL DEFAULT '',
  error_line TEXT,
  progress REAL,
  has_outputs INTEGER NOT NULL DEFAULT 0,
  data_removed INTEGER NOT NULL DEFAULT 0,
  search TEXT NOT NULL DEFAULT '',
  first_seen INTEGER NOT NULL,
  confirmed_at INTEGER,
  run_id TEXT,
  PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE INDEX predictions_newest ON predictions (account, kind, created_at DESC, id DESC);
CREATE INDEX predictions_live ON predictions (account, live) WHERE live = 1;
CREATE TABLE bodies (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  raw BLOB NOT NULL,
  UNIQUE (account, id),
  FOREIGN KEY (account, id) REFERENCES predictions (account, id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE outputs (
  account TEXT NOT NULL,
  prediction_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  url TEXT NOT NULL,
  path TEXT,
  size INTEGER,
  content_type TEXT,
  state TEXT NOT NULL,
  error TEXT,
  PRIMARY KEY (account, prediction_id, position)
) WITHOUT ROWID;
CREATE INDEX outputs_wanted ON outputs (account, state) WHERE state = 'wanted';
CREATE TABLE drafts (
  account TEXT NOT NULL,
  key TEXT NOT NULL,
  texts TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (account, key)
) WITHOUT ROWID;
CREATE TABLE runs (
  account TEXT NOT NULL,
  run_id TEXT NOT NULL,
  target TEXT NOT NULL,
  input TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  prediction_id TEXT,
  save_dir TEXT,
  error TEXT,
  options TEXT NOT NULL DEFAULT '{}',
  sent_at INTEGER,
  text TEXT NOT NULL DEFAULT '',
  owner TEXT,
  PRIMARY KEY (account, run_id)
) WITHOUT ROWID;
CREATE INDEX runs_unfinished ON runs (account, state) WHERE state NOT IN ('done', 'failed');
"""

_CATALOGUE = """
CREATE TABLE models (
  account TEXT NOT NULL,
  ref TEXT NOT NULL,
  place INTEGER,
  run_count INTEGER,
  search TEXT NOT NULL,
  raw BLOB NOT NULL,
  fetched_at INTEGER NOT NULL,
  UNIQUE (account, ref)
);
CREATE INDEX models_place ON models (account, place, run_count DESC);
CREATE TABLE cache (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  value BLOB NOT NULL,
  fetched_at INTEGER NOT NULL,
  UNIQUE (account, kind, ref)
);
CREATE TABLE meta (
  account TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (account, key)
) WITHOUT ROWID;
"""

# An end that only a list told lacks the last of the logs and of the output; it is still to be asked for.
_WHOLE = """
ALTER TABLE predictions ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;
UPDATE predictions SET whole = 1 WHERE live = 0;
"""

# `turns_text` reads its texts from `turns`, so that they are kept once; the triggers keep the index in step.
_CHATS = """
CREATE TABLE conversations (
  account TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL DEFAULT '',
  titled INTEGER NOT NULL DEFAULT 0,
  model TEXT NOT NULL,
  version TEXT,
  deployment TEXT,
  parameters BLOB NOT NULL,
  system TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  leaf TEXT,
  draft TEXT NOT NULL DEFAULT '',
  attachments TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX conversations_newest ON conversations (account, updated_at DESC, id);
CREATE TABLE turns (
  number INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  parent TEXT,
  role TEXT NOT NULL,
  text TEXT NOT NULL,
  attachments TEXT NOT NULL DEFAULT '[]',
  prediction_id TEXT,
  model TEXT NOT NULL DEFAULT '',
  version TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  error TEXT,
  metrics TEXT NOT NULL DEFAULT '{}',
  left_out INTEGER NOT NULL DEFAULT 0,
  why_left_out TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
);
CREATE INDEX turns_tree ON turns (conversation_id, parent, number);
CREATE INDEX turns_unfinished ON turns (account, state) WHERE state IN ('sending', 'starting', 'streaming', 'unknown');
CREATE VIRTUAL TABLE turns_text USING fts5(
  text, content='turns', content_rowid='number', tokenize='unicode61 remove_diacritics 2', prefix='2 3'
);
CREATE TRIGGER turns_added AFTER INSERT ON turns BEGIN
  INSERT INTO turns_text (rowid, text) VALUES (new.number, new.text);
END;
CREATE TRIGGER turns_deleted AFTER DELETE ON turns BEGIN
  INSERT INTO turns_text (turns_text, rowid, text) VALUES ('delete', old.number, old.text);
END;
CREATE TRIGGER turns_changed AFTER UPDATE OF text ON turns BEGIN
  INSERT INTO turns_text (turns_text, rowid, text) VALUES ('delete', old.number, old.text);
  INSERT INTO turns_text (rowid, text) VALUES (new.number, new.text);
END;
"""

# The API tells a deployment's current release only: what was seen of the others is kept to roll back to.
_RELEASES = """
CREATE TABLE releases (
  account TEXT NOT NULL,
  deployment TEXT NOT NULL,
  number INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  raw BLOB NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (account, deployment, number)
) WITHOUT ROWID;
"""

# Each column that orders a list has its index, so that the newest of one status, or the longest runs, are read and
# counted without looking at the rows. `doc` is a record's number in the full-text index (search.py); `texts` holds
# what was indexed, which is needed to take it out again; a scope is an account's predictions or its trainings.
_LISTS = """
ALTER TABLE predictions ADD COLUMN doc INTEGER;
CREATE INDEX predictions_doc ON predictions (doc, account, kind, status, live, created_at, model, deployment, source);
CREATE INDEX predictions_unindexed ON predictions (created_at DESC) WHERE doc IS NULL;
CREATE INDEX predictions_status ON predictions (account, kind, status, created_at DESC, id DESC);
CREATE INDEX predictions_model ON predictions (account, kind, model, created_at DESC, id DESC, deployment);
CREATE INDEX predictions_alive ON predictions (account, kind, live, created_at DESC, id DESC) WHERE live = 1;
CREATE INDEX predictions_input ON predictions (account, kind, substr(summary, 1, 40), created_at DESC, id DESC);
CREATE INDEX predictions_progress ON predictions (account, kind, progress, created_at DESC, id DESC);
CREATE INDEX predictions_queue ON predictions
  (account, kind, coalesce(total_time - predict_time, (started_at - created_at) / 1e6), created_at DESC, id DESC);
CREATE INDEX predictions_run ON predictions (account, kind, predict_time, created_at DESC, id DESC);
CREATE INDEX predictions_total ON predictions (account, kind, total_time, created_at DESC, id DESC);
CREATE TABLE texts (
  doc INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  words BLOB NOT NULL
);
CREATE TABLE scopes (
  number INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  kind TEXT NOT NULL
);
"""

# A search reads every known model: from the index alone, without the pages that hold their answers.
_SEARCH = """
CREATE INDEX models_search ON models (account, search, ref, place, run_count);
"""

# What is indexed of scripts without spaces changed: the background job that indexes what is missing goes through what
# was indexed before (`form` 0), from the newest down to the oldest, and keeps in `renewing` how far it came.
_SCRIPTS = """
ALTER TABLE texts ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
CREATE TABLE renewing (below INTEGER NOT NULL);
INSERT INTO renewing SELECT max(doc) + 1 FROM texts HAVING max(doc) IS NOT NULL;
"""

# Each send of a run, for all processes: whose a prediction is, and who else may own one that nobody is known to own.
# `since` and `until` are times of the server's clock.
_CREATIONS = """
CREATE TABLE creations (
  number INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  target TEXT NOT NULL DEFAULT '{}',
  files TEXT NOT NULL DEFAULT '[]',
  state TEXT NOT NULL,
  since INTEGER,
  until INTEGER,
  owner TEXT,
  prediction_id TEXT
);
CREATE UNIQUE INDEX creations_prediction ON creations (prediction_id) WHERE prediction_id IS NOT NULL;
CREATE INDEX creations_open ON creations (fingerprint) WHERE state IN ('sent', 'lost');
CREATE INDEX creations_run ON creations (run_id);
INSERT OR IGNORE INTO creations (run_id, fingerprint, state, prediction_id)
  SELECT run_id, '', 'answered', prediction_id FROM runs WHERE prediction_id IS NOT NULL;
INSERT INTO creations (run_id, fingerprint, state)
  SELECT run_id, '', 'lost' FROM runs WHERE prediction_id IS NULL AND state IN ('creating', 'unknown');
"""

# What lists say of a training names its destination, and of a chat its question: `outdated` are the records for which
# the background job finds that out. No list goes by progress any more.
_WORDS = """
ALTER TABLE predictions ADD COLUMN destination TEXT NOT NULL DEFAULT '';
DROP INDEX predictions_progress;
CREATE INDEX predictions_destination ON predictions (account, kind, destination, created_at DESC, id DESC)
  WHERE destination > '';
CREATE TABLE outdated (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (account, id)
) WITHOUT ROWID;
INSERT INTO outdated SELECT account, id FROM predictions
  WHERE kind = 'training' OR summary LIKE '%<|%' OR summary LIKE '%<｜%' OR summary LIKE '%[INST]%'
  OR summary LIKE '%<start_of_turn>%' OR summary LIKE '%USER:%' OR summary LIKE '%User: %'
  OR summary LIKE '%### Instruction%' OR summary LIKE '%messages=%' OR summary LIKE '%prompt=%'
  OR summary LIKE '[{%';
"""

# A day's runs are counted and their time summed up from the index alone. A queue is timed as a record's own is.
_DAYS = """
DROP INDEX predictions_newest;
CREATE INDEX predictions_newest ON predictions (account, kind, created_at DESC, id DESC, predict_time);
DROP INDEX predictions_queue;
CREATE INDEX predictions_queue ON predictions
  (account, kind, coalesce((started_at - created_at) / 1e6, total_time - predict_time), created_at DESC, id DESC);
"""

# Models are listed by what they are and how often they run, no longer as the API lists them: `place` is not written
# any more. What is official stands in the answers that are kept; the long ones, which are compressed, tell it when
# they come again.
_SHOP_WINDOW = """
DROP INDEX models_place;
DROP INDEX models_search;
ALTER TABLE models ADD COLUMN official INTEGER NOT NULL DEFAULT 0;
ALTER TABLE models ADD COLUMN updated INTEGER;
UPDATE models SET official = 1 WHERE instr(raw, CAST('"is_official":true' AS BLOB)) > 0;
CREATE INDEX models_search ON models (account, search, ref, official, run_count);
CREATE INDEX models_runs ON models (account, run_count DESC, ref);
CREATE INDEX models_official ON models (account, run_count DESC, ref) WHERE official = 1;
"""

# The rows of a batch are intents: what was sent of them, the runs say. An account's creations are counted for all
# processes, times in seconds since 1970. An uploaded file is known by its path, size and time of change.
_BATCHES = """
CREATE TABLE batches (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  model TEXT NOT NULL,
  label TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  error TEXT,
  options BLOB NOT NULL,
  owner TEXT,
  PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE TABLE batch_rows (
  batch TEXT NOT NULL,
  number INTEGER NOT NULL,
  source INTEGER NOT NULL,
  target INTEGER NOT NULL,
  columns BLOB NOT NULL,
  input BLOB NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL DEFAULT 0,
  run_id TEXT,
  prediction_id TEXT,
  seconds REAL,
  cost REAL,
  file TEXT,
  reason TEXT NOT NULL DEFAULT '',
  error TEXT,
  PRIMARY KEY (batch, number)
) WITHOUT ROWID;
CREATE INDEX batch_rows_state ON batch_rows (batch, state, number, due);
CREATE TABLE rate_budgets (
  account TEXT PRIMARY KEY,
  tokens REAL NOT NULL,
  at REAL NOT NULL,
  per_minute REAL NOT NULL,
  burst REAL NOT NULL,
  held_until REAL NOT NULL DEFAULT 0,
  admitted INTEGER NOT NULL DEFAULT 0,
  seen_left REAL,
  seen_at REAL,
  seen_admitted INTEGER
) WITHOUT ROWID;
CREATE TABLE uploads (
  account TEXT NOT NULL,
  file TEXT NOT NULL,
  url TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (account, file)
) WITHOUT ROWID;
"""

# What is billed is summed up over narrow rows: `usage` holds the counts of each record, and the number of its category,
# which is all that a price, a name or a status may depend on. Its order is that of the sums, the days of each category,
# so that nothing is sorted for them. Triggers keep both in step with the records. What was kept before is counted by
# the background job (`outdated`).
_USAGE_TAKEN_OUT = """
    DELETE FROM usage WHERE id = OLD.id AND account = OLD.account;
"""
_USAGE_ADDED = """
    INSERT INTO usage_categories (kind, model, deployment, status, source, facts, known, timed)
      SELECT NEW.kind, NEW.model, coalesce(NEW.deployment, ''), NEW.status, NEW.source,
        json_extract(NEW.billed, '$.facts'), json_extract(NEW.billed, '$.known'), NEW.predict_time IS NOT NULL
      WHERE NOT EXISTS (SELECT 1 FROM usage_categories WHERE kind = NEW.kind AND model = NEW.model
        AND deployment = coalesce(NEW.deployment, '') AND status = NEW.status AND source = NEW.source
        AND facts = json_extract(NEW.billed, '$.facts') AND known = json_extract(NEW.billed, '$.known')
        AND timed = (NEW.predict_time IS NOT NULL));
    INSERT INTO usage (account, created_at, id, category, seconds, images, video_seconds, input_tokens, output_tokens,
        characters, input_megapixels, output_megapixels)
      SELECT NEW.account, NEW.created_at, NEW.id, number, NEW.predict_time, json_extract(NEW.billed, '$.units.images'),
        json_extract(NEW.billed, '$.units.video_seconds'), json_extract(NEW.billed, '$.units.input_tokens'),
        json_extract(NEW.billed, '$.units.output_tokens'), json_extract(NEW.billed, '$.units.characters'),
        json_extract(NEW.billed, '$.units.input_megapixels'), json_extract(NEW.billed, '$.units.output_megapixels')
      FROM usage_categories WHERE kind = NEW.kind AND model = NEW.model
        AND deployment = coalesce(NEW.deployment, '') AND status = NEW.status AND source = NEW.source
        AND facts = json_extract(NEW.billed, '$.facts') AND known = json_extract(NEW.billed, '$.known')
        AND timed = (NEW.predict_time IS NOT NULL);
"""
_USAGE = f"""
ALTER TABLE predictions ADD COLUMN billed TEXT NOT NULL DEFAULT '{{"known":"","facts":{{}},"units":{{}}}}';
CREATE TABLE usage_categories (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  model TEXT NOT NULL,
  deployment TEXT NOT NULL,
  status TEXT NOT NULL,
  source TEXT NOT NULL,
  facts TEXT NOT NULL,
  known TEXT NOT NULL,
  timed INTEGER NOT NULL,
  UNIQUE (model, deployment, status, source, kind, facts, known, timed)
);
CREATE TABLE usage (
  account TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  category INTEGER NOT NULL,
  seconds REAL,
  images REAL,
  video_seconds REAL,
  input_tokens REAL,
  output_tokens REAL,
  characters REAL,
  input_megapixels REAL,
  output_megapixels REAL,
  PRIMARY KEY (account, category, created_at, id)
) WITHOUT ROWID;
CREATE INDEX usage_ids ON usage (id);
INSERT INTO usage_categories (kind, model, deployment, status, source, facts, known, timed)
  SELECT DISTINCT kind, model, coalesce(deployment, ''), status, source, '{{}}', '', predict_time IS NOT NULL
  FROM predictions;
INSERT INTO usage (account, created_at, id, category, seconds)
  SELECT p.account, p.created_at, p.id, g.number, p.predict_time FROM predictions p JOIN usage_categories g
    ON g.model = p.model AND g.deployment = coalesce(p.deployment, '') AND g.status = p.status
    AND g.source = p.source AND g.kind = p.kind AND g.timed = (p.predict_time IS NOT NULL);
CREATE TRIGGER usage_added AFTER INSERT ON predictions BEGIN{_USAGE_ADDED}END;
CREATE TRIGGER usage_changed AFTER UPDATE ON predictions
  WHEN OLD.account IS NOT NEW.account OR OLD.created_at IS NOT NEW.created_at OR OLD.status IS NOT NEW.status
    OR OLD.model IS NOT NEW.model OR OLD.deployment IS NOT NEW.deployment OR OLD.source IS NOT NEW.source
    OR OLD.predict_time IS NOT NEW.predict_time OR OLD.billed IS NOT NEW.billed
  BEGIN{_USAGE_TAKEN_OUT}{_USAGE_ADDED}END;
CREATE TRIGGER usage_deleted AFTER DELETE ON predictions BEGIN{_USAGE_TAKEN_OUT}END;
CREATE INDEX batch_rows_prediction ON batch_rows (prediction_id, batch) WHERE prediction_id IS NOT NULL;
INSERT OR IGNORE INTO outdated SELECT account, id FROM predictions WHERE live = 0;
"""  # noqa: S608 - our own statements
_BUDGETS = """
DROP TABLE rate_budgets;
CREATE TABLE rate_budgets (
  account TEXT PRIMARY KEY,
  tokens REAL NOT NULL,
  at REAL NOT NULL,
  per_minute REAL NOT NULL,
  burst REAL NOT NULL,
  held_until REAL NOT NULL DEFAULT 0,
  admitted INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0,
  seen_left REAL,
  seen_at REAL NOT NULL DEFAULT 0,
  seen_answered INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""
_DELIVERIES = """
CREATE TABLE deliveries (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  way TEXT NOT NULL,
  event TEXT NOT NULL,
  prediction_id TEXT NOT NULL,
  status TEXT NOT NULL,
  url TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  code INTEGER,
  seconds REAL,
  problem TEXT NOT NULL DEFAULT '',
  last_try INTEGER,
  body BLOB NOT NULL,
  PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE INDEX deliveries_by_time ON deliveries (account, created_at);
CREATE INDEX deliveries_by_prediction ON deliveries (account, prediction_id, created_at);
"""

# What was deleted here is passed over in the API's lists, and its use stays counted.
_DELETED = f"""
CREATE TABLE deleted (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) WITHOUT ROWID;
DROP TRIGGER usage_deleted;
CREATE TRIGGER usage_deleted AFTER DELETE ON predictions
  WHEN NOT EXISTS (SELECT 1 FROM deleted WHERE account = OLD.account AND id = OLD.id)
  BEGIN{_USAGE_TAKEN_OUT}END;
"""  # noqa: S608 - our own statements

MIGRATIONS: tuple[str, ...] = (
    _PREDICTIONS,
    _CATALOGUE,
    _WHOLE,
    _CHATS,
    _RELEASES,
    _LISTS,
    _SEARCH,
    _SCRIPTS,
    _CREATIONS,
    _WORDS,
    _DAYS,
    _SHOP_WINDOW,
    _BATCHES,
    _USAGE,
    _BUDGETS,
    _DELIVERIES,
    _DELETED,
)
