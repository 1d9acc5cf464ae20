-- Tables of reliable-mq for PostgreSQL 12 or later.
-- Collation C: groups and identities are compared byte by byte, whatever the default of the database.
-- Times are milliseconds since 1970 (UTC). Every table name starts with the default prefix, reliable_mq_: replace
-- it if reliable-mq.jdbc.table-prefix says something else. Running the script again changes nothing.

-- A message is identified by its id and its id space together; without a space: ''.
-- One record per consumer group and identity: the effect of one message for one group.
-- status: PROCESSING, DONE, ALIAS, PARKED, DROPPED, DISCARDED. lease_until: end of the claim while PROCESSING, a released or
-- finished record has the time of its end here. origin stands for the
-- UNIQ_KEY of the message that was first, to tell another message of the same identity from a copy of it. Older than the retention by both times: purged.
CREATE TABLE IF NOT EXISTS reliable_mq_inbox (
  consumer_group VARCHAR(255) COLLATE "C" NOT NULL,
  identity VARCHAR(255) COLLATE "C" NOT NULL,
  message_id BIGINT,
  id_space VARCHAR(32) COLLATE "C" DEFAULT '' NOT NULL,
  status VARCHAR(32) COLLATE "C" NOT NULL,
  token BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  origin BIGINT,
  duplicate_of VARCHAR(255) COLLATE "C",
  PRIMARY KEY (consumer_group, identity)
);
-- No other index begins with the key's first column: a plan made on the empty table could take it for a look-up by key.
CREATE INDEX IF NOT EXISTS reliable_mq_inbox_created_idx ON reliable_mq_inbox ((consumer_group || ''), created_at);
CREATE INDEX IF NOT EXISTS reliable_mq_inbox_message_idx ON reliable_mq_inbox (message_id, consumer_group);

-- Deliveries that did not succeed. The row goes with success or parking.
CREATE TABLE IF NOT EXISTS reliable_mq_attempt (
  consumer_group VARCHAR(255) COLLATE "C" NOT NULL,
  identity VARCHAR(255) COLLATE "C" NOT NULL,
  message_id BIGINT,
  id_space VARCHAR(32) COLLATE "C" DEFAULT '' NOT NULL,
  failures INTEGER NOT NULL,
  postponements INTEGER NOT NULL,
  next_due BIGINT NOT NULL,
  exception VARCHAR(255) COLLATE "C",
  PRIMARY KEY (consumer_group, identity)
);
CREATE INDEX IF NOT EXISTS reliable_mq_attempt_due_idx ON reliable_mq_attempt ((consumer_group || ''), next_due);
CREATE INDEX IF NOT EXISTS reliable_mq_attempt_message_idx ON reliable_mq_attempt (message_id, consumer_group);

-- What each guarded group subscribes to, since when messages are expected to reach it, and when it was last known to
-- be guarded. history: earlier tags, times without a guard, offsets and clients, written by the library.
CREATE TABLE IF NOT EXISTS reliable_mq_group (
  cluster VARCHAR(255) COLLATE "C" NOT NULL,
  consumer_group VARCHAR(255) COLLATE "C" NOT NULL,
  topic VARCHAR(255) COLLATE "C" NOT NULL,
  subscription TEXT,
  filter_type VARCHAR(32) COLLATE "C",
  message_model VARCHAR(32) COLLATE "C",
  consume_mode VARCHAR(32) COLLATE "C",
  expected_from BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  retention BIGINT,
  history TEXT,
  PRIMARY KEY (cluster, consumer_group, topic)
);

-- Leases of the worker ids of generated message ids. No id of a worker has a later timestamp than limit_ms.
-- The owner of worker_id -1 is the name of the id space of all of them. Empty the table in a copy of the database before the
-- copy is used: a new space begins then.
CREATE TABLE IF NOT EXISTS reliable_mq_worker (
  worker_id INTEGER NOT NULL,
  owner VARCHAR(255) COLLATE "C" NOT NULL,
  limit_ms BIGINT NOT NULL,
  PRIMARY KEY (worker_id)
);

-- Messages to send and, once sent, the ledger of what was sent. row_id is drawn by the library, since an
-- application may store one message_id again. due_at: next attempt, or the end of the claim.
-- status: PENDING, SENT, PARKED, DISCARDED. ordered: 1 if there is an ordering key. What is sent needs no entry in the
-- indexes of the relay.
CREATE TABLE IF NOT EXISTS reliable_mq_outbox (
  row_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  id_space VARCHAR(32) COLLATE "C" DEFAULT '' NOT NULL,
  cluster VARCHAR(255) COLLATE "C" NOT NULL,
  topic VARCHAR(255) COLLATE "C" NOT NULL,
  tag TEXT,
  message_keys TEXT,
  ordering_key VARCHAR(255) COLLATE "C",
  headers TEXT,
  payload BYTEA NOT NULL,
  payload_encoding VARCHAR(255) COLLATE "C",
  deliver_at BIGINT,
  key_sequence BIGINT,
  ordered SMALLINT DEFAULT 0 NOT NULL,
  status VARCHAR(32) COLLATE "C" NOT NULL,
  owner VARCHAR(255) COLLATE "C",
  epoch BIGINT DEFAULT 0 NOT NULL,
  lease_until BIGINT DEFAULT 0 NOT NULL,
  due_at BIGINT NOT NULL,
  attempts INTEGER DEFAULT 0 NOT NULL,
  uncertain SMALLINT DEFAULT 0 NOT NULL,
  last_error VARCHAR(1000),
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  uniq_key VARCHAR(255) COLLATE "C",
  broker_name VARCHAR(255) COLLATE "C",
  queue_id INTEGER,
  queue_offset BIGINT,
  send_status VARCHAR(32) COLLATE "C",
  resends INTEGER DEFAULT 0 NOT NULL,
  last_resent_at BIGINT,
  PRIMARY KEY (row_id)
);
CREATE INDEX IF NOT EXISTS reliable_mq_outbox_due_idx ON reliable_mq_outbox (status, ordered, cluster, topic, due_at)
  WHERE status <> 'SENT';
CREATE INDEX IF NOT EXISTS reliable_mq_outbox_created_idx ON reliable_mq_outbox (created_at, message_id, id_space);
CREATE INDEX IF NOT EXISTS reliable_mq_outbox_message_idx ON reliable_mq_outbox (message_id);
CREATE INDEX IF NOT EXISTS reliable_mq_outbox_ordered_idx ON reliable_mq_outbox (cluster, topic, ordering_key, status, key_sequence)
  WHERE status <> 'SENT' AND ordering_key IS NOT NULL;

-- One counter per ordering key. A transaction holds its row until it commits, so that the numbers follow the order
-- of commits; the relay never touches it.
CREATE TABLE IF NOT EXISTS reliable_mq_outbox_key (
  cluster VARCHAR(255) COLLATE "C" NOT NULL,
  topic VARCHAR(255) COLLATE "C" NOT NULL,
  ordering_key VARCHAR(255) COLLATE "C" NOT NULL,
  last_sequence BIGINT DEFAULT 0 NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (cluster, topic, ordering_key)
);
CREATE INDEX IF NOT EXISTS reliable_mq_outbox_key_updated_idx ON reliable_mq_outbox_key (updated_at);

-- Direct sends of the topics that ask for it. Payload and headers are what a compensation sends again.
CREATE TABLE IF NOT EXISTS reliable_mq_ledger (
  row_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  id_space VARCHAR(32) COLLATE "C" DEFAULT '' NOT NULL,
  cluster VARCHAR(255) COLLATE "C" NOT NULL,
  topic VARCHAR(255) COLLATE "C" NOT NULL,
  tag TEXT,
  message_keys TEXT,
  ordering_key VARCHAR(255) COLLATE "C",
  headers TEXT,
  payload BYTEA,
  payload_encoding VARCHAR(255) COLLATE "C",
  deliver_at BIGINT,
  uncertain SMALLINT DEFAULT 0 NOT NULL,
  sent_at BIGINT NOT NULL,
  uniq_key VARCHAR(255) COLLATE "C",
  broker_name VARCHAR(255) COLLATE "C",
  queue_id INTEGER,
  queue_offset BIGINT,
  send_status VARCHAR(32) COLLATE "C",
  resends INTEGER DEFAULT 0 NOT NULL,
  last_resent_at BIGINT,
  PRIMARY KEY (row_id)
);
CREATE INDEX IF NOT EXISTS reliable_mq_ledger_sent_idx ON reliable_mq_ledger (sent_at, message_id, id_space);
CREATE INDEX IF NOT EXISTS reliable_mq_ledger_message_idx ON reliable_mq_ledger (message_id);

-- Parked messages: one row per cluster, group and identity. status: PARKED, REPLAYING, RESOLVED, DISCARDED.
CREATE TABLE IF NOT EXISTS reliable_mq_dead_letter (
  row_id BIGINT NOT NULL,
  consumer_group VARCHAR(255) COLLATE "C" NOT NULL,
  identity VARCHAR(255) COLLATE "C" NOT NULL,
  message_id BIGINT,
  id_space VARCHAR(32) COLLATE "C" DEFAULT '' NOT NULL,
  cluster VARCHAR(255) COLLATE "C" NOT NULL,
  topic VARCHAR(255) COLLATE "C" NOT NULL,
  tag TEXT,
  message_keys TEXT,
  ordering_key VARCHAR(255) COLLATE "C",
  headers TEXT,
  payload BYTEA,
  payload_encoding VARCHAR(255) COLLATE "C",
  deliver_at BIGINT,
  uniq_key VARCHAR(255) COLLATE "C",
  broker_name VARCHAR(255) COLLATE "C",
  queue_id INTEGER,
  queue_offset BIGINT,
  send_status VARCHAR(32) COLLATE "C",
  born_at BIGINT,
  stored_at BIGINT,
  reconsume_times INTEGER DEFAULT 0 NOT NULL,
  failures INTEGER DEFAULT 0 NOT NULL,
  postponements INTEGER DEFAULT 0 NOT NULL,
  reason VARCHAR(32) COLLATE "C" NOT NULL,
  exception VARCHAR(255) COLLATE "C",
  exception_message VARCHAR(1000),
  stack_trace TEXT,
  status VARCHAR(32) COLLATE "C" NOT NULL,
  owner VARCHAR(255) COLLATE "C",
  epoch BIGINT DEFAULT 0 NOT NULL,
  lease_until BIGINT DEFAULT 0 NOT NULL,
  parked_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  parkings INTEGER DEFAULT 1 NOT NULL,
  replays INTEGER DEFAULT 0 NOT NULL,
  changed_by VARCHAR(255) COLLATE "C",
  note VARCHAR(1000),
  PRIMARY KEY (row_id),
  UNIQUE (cluster, consumer_group, identity)
);
CREATE INDEX IF NOT EXISTS reliable_mq_dead_letter_group_idx ON reliable_mq_dead_letter (consumer_group, status, parked_at);
CREATE INDEX IF NOT EXISTS reliable_mq_dead_letter_message_idx ON reliable_mq_dead_letter (message_id, consumer_group);
CREATE INDEX IF NOT EXISTS reliable_mq_dead_letter_parked_idx ON reliable_mq_dead_letter (status, parked_at);

-- One row per run, group and shard: the window, its verdicts, and up to when nothing is missing.
CREATE TABLE IF NOT EXISTS reliable_mq_reconcile_run (
  row_id BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  cluster VARCHAR(255) COLLATE "C" NOT NULL,
  consumer_group VARCHAR(255) COLLATE "C" NOT NULL,
  shard INTEGER DEFAULT 0 NOT NULL,
  shards INTEGER DEFAULT 1 NOT NULL,
  window_from BIGINT NOT NULL,
  window_to BIGINT NOT NULL,
  dry_run SMALLINT DEFAULT 0 NOT NULL,
  status VARCHAR(32) COLLATE "C" NOT NULL,
  owner VARCHAR(255) COLLATE "C",
  epoch BIGINT DEFAULT 0 NOT NULL,
  lease_until BIGINT DEFAULT 0 NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT,
  last_message_id BIGINT,
  examined BIGINT DEFAULT 0 NOT NULL,
  ok_count BIGINT DEFAULT 0 NOT NULL,
  dropped_count BIGINT DEFAULT 0 NOT NULL,
  discarded_count BIGINT DEFAULT 0 NOT NULL,
  in_dead_letter_count BIGINT DEFAULT 0 NOT NULL,
  in_retry_count BIGINT DEFAULT 0 NOT NULL,
  pending_count BIGINT DEFAULT 0 NOT NULL,
  not_sent_count BIGINT DEFAULT 0 NOT NULL,
  not_expected_count BIGINT DEFAULT 0 NOT NULL,
  expired_count BIGINT DEFAULT 0 NOT NULL,
  sent_lost_count BIGINT DEFAULT 0 NOT NULL,
  stored_unconsumed_count BIGINT DEFAULT 0 NOT NULL,
  acked_no_effect_count BIGINT DEFAULT 0 NOT NULL,
  uncertain_count BIGINT DEFAULT 0 NOT NULL,
  unknown_count BIGINT DEFAULT 0 NOT NULL,
  resent_count BIGINT DEFAULT 0 NOT NULL,
  proven_up_to BIGINT,
  failure VARCHAR(1000),
  PRIMARY KEY (row_id),
  UNIQUE (run_id, cluster, consumer_group, shard)
);
CREATE INDEX IF NOT EXISTS reliable_mq_reconcile_run_group_idx ON reliable_mq_reconcile_run (consumer_group, window_to);
CREATE INDEX IF NOT EXISTS reliable_mq_reconcile_run_started_idx ON reliable_mq_reconcile_run (started_at);

-- Up to when rows of a ledger (outbox, ledger) have been deleted: what was recorded until then is not complete any more.
CREATE TABLE IF NOT EXISTS reliable_mq_purge (
  ledger VARCHAR(32) COLLATE "C" NOT NULL,
  purged_to BIGINT NOT NULL,
  PRIMARY KEY (ledger)
);

-- Locks of scheduled work, as ShedLock keeps them: one instance at a time.
CREATE TABLE IF NOT EXISTS reliable_mq_lock (
  name VARCHAR(64) COLLATE "C" NOT NULL,
  lock_until TIMESTAMP(3) NOT NULL,
  locked_at TIMESTAMP(3) NOT NULL,
  locked_by VARCHAR(255) NOT NULL,
  PRIMARY KEY (name)
);
