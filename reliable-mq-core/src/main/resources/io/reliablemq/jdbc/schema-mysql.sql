-- Tables of reliable-mq for MySQL 8.0 or later, and for MariaDB 10.6 or later, which needs schema-mariadb.sql after it.
-- VARBINARY holds UTF-8: groups, identities and ordering keys are compared byte by byte (case, accents and
-- trailing blanks distinguish), whatever the defaults of database and connection.
-- Times are milliseconds since 1970 (UTC). Every table name starts with the default prefix, reliable_mq_: replace
-- it if reliable-mq.jdbc.table-prefix says something else. Running the script again changes nothing.

-- A message is identified by its id and its id space together; without a space: ''.
-- One record per consumer group and identity: the effect of one message for one group.
-- status: PROCESSING, DONE, ALIAS, PARKED, DROPPED, DISCARDED. lease_until: end of the claim while PROCESSING, a released or
-- finished record has the time of its end here. origin stands for the
-- UNIQ_KEY of the message that was first, to tell another message of the same identity from a copy of it. Older than the retention by both times: purged.
CREATE TABLE IF NOT EXISTS reliable_mq_inbox (
  consumer_group VARBINARY(255) NOT NULL,
  identity VARBINARY(255) NOT NULL,
  message_id BIGINT,
  id_space VARCHAR(32) DEFAULT '' NOT NULL,
  status VARCHAR(32) NOT NULL,
  token BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  origin BIGINT,
  duplicate_of VARBINARY(255),
  PRIMARY KEY (consumer_group, identity),
  KEY inbox_created (consumer_group, created_at),
  KEY inbox_message (consumer_group, message_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Deliveries that did not succeed. The row goes with success or parking.
CREATE TABLE IF NOT EXISTS reliable_mq_attempt (
  consumer_group VARBINARY(255) NOT NULL,
  identity VARBINARY(255) NOT NULL,
  message_id BIGINT,
  id_space VARCHAR(32) DEFAULT '' NOT NULL,
  failures INT NOT NULL,
  postponements INT NOT NULL,
  next_due BIGINT NOT NULL,
  exception VARCHAR(255),
  PRIMARY KEY (consumer_group, identity),
  KEY attempt_due (consumer_group, next_due),
  KEY attempt_message (consumer_group, message_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What each guarded group subscribes to, since when messages are expected to reach it, and when it was last known to
-- be guarded. history: earlier tags, times without a guard, offsets and clients, written by the library.
CREATE TABLE IF NOT EXISTS reliable_mq_group (
  cluster VARCHAR(255) NOT NULL,
  consumer_group VARBINARY(255) NOT NULL,
  topic VARCHAR(255) NOT NULL,
  subscription MEDIUMTEXT,
  filter_type VARCHAR(32),
  message_model VARCHAR(32),
  consume_mode VARCHAR(32),
  expected_from BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  retention BIGINT,
  history MEDIUMTEXT,
  PRIMARY KEY (cluster, consumer_group, topic)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Leases of the worker ids of generated message ids. No id of a worker has a later timestamp than limit_ms.
-- The owner of worker_id -1 is the name of the id space of all of them. Empty the table in a copy of the database before the
-- copy is used: a new space begins then.
CREATE TABLE IF NOT EXISTS reliable_mq_worker (
  worker_id INT NOT NULL,
  owner VARCHAR(255) NOT NULL,
  limit_ms BIGINT NOT NULL,
  PRIMARY KEY (worker_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Messages to send and, once sent, the ledger of what was sent. row_id is drawn by the library, since an
-- application may store one message_id again. due_at: next attempt, or the end of the claim.
-- status: PENDING, SENT, PARKED, DISCARDED. ordered: 1 if there is an ordering key.
CREATE TABLE IF NOT EXISTS reliable_mq_outbox (
  row_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  id_space VARCHAR(32) DEFAULT '' NOT NULL,
  cluster VARCHAR(255) NOT NULL,
  topic VARCHAR(255) NOT NULL,
  tag MEDIUMTEXT,
  message_keys MEDIUMTEXT,
  ordering_key VARBINARY(255),
  headers MEDIUMTEXT,
  payload LONGBLOB NOT NULL,
  payload_encoding VARCHAR(255),
  deliver_at BIGINT,
  key_sequence BIGINT,
  ordered SMALLINT DEFAULT 0 NOT NULL,
  status VARCHAR(32) NOT NULL,
  owner VARCHAR(255),
  epoch BIGINT DEFAULT 0 NOT NULL,
  lease_until BIGINT DEFAULT 0 NOT NULL,
  due_at BIGINT NOT NULL,
  attempts INT DEFAULT 0 NOT NULL,
  uncertain SMALLINT DEFAULT 0 NOT NULL,
  last_error VARCHAR(1000),
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  uniq_key VARCHAR(255),
  broker_name VARCHAR(255),
  queue_id INT,
  queue_offset BIGINT,
  send_status VARCHAR(32),
  resends INT DEFAULT 0 NOT NULL,
  last_resent_at BIGINT,
  PRIMARY KEY (row_id),
  KEY outbox_due (status, ordered, cluster, topic, due_at),
  KEY outbox_created (created_at, message_id, id_space),
  KEY outbox_message (message_id),
  KEY outbox_ordered (cluster, topic, ordering_key, status, key_sequence)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- MySQL: one counter per ordering key. A transaction holds its row until it commits, so that the numbers follow the
-- order of commits; the relay never touches it. MariaDB: see schema-mariadb.sql.
CREATE TABLE IF NOT EXISTS reliable_mq_outbox_key (
  cluster VARCHAR(255) NOT NULL,
  topic VARCHAR(255) NOT NULL,
  ordering_key VARBINARY(255) NOT NULL,
  last_sequence BIGINT DEFAULT 0 NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (cluster, topic, ordering_key),
  KEY outbox_key_updated (updated_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Direct sends of the topics that ask for it. Payload and headers are what a compensation sends again.
CREATE TABLE IF NOT EXISTS reliable_mq_ledger (
  row_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  id_space VARCHAR(32) DEFAULT '' NOT NULL,
  cluster VARCHAR(255) NOT NULL,
  topic VARCHAR(255) NOT NULL,
  tag MEDIUMTEXT,
  message_keys MEDIUMTEXT,
  ordering_key VARBINARY(255),
  headers MEDIUMTEXT,
  payload LONGBLOB,
  payload_encoding VARCHAR(255),
  deliver_at BIGINT,
  uncertain SMALLINT DEFAULT 0 NOT NULL,
  sent_at BIGINT NOT NULL,
  uniq_key VARCHAR(255),
  broker_name VARCHAR(255),
  queue_id INT,
  queue_offset BIGINT,
  send_status VARCHAR(32),
  resends INT DEFAULT 0 NOT NULL,
  last_resent_at BIGINT,
  PRIMARY KEY (row_id),
  KEY ledger_sent (sent_at, message_id, id_space),
  KEY ledger_message (message_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Parked messages: one row per cluster, group and identity. status: PARKED, REPLAYING, RESOLVED, DISCARDED.
CREATE TABLE IF NOT EXISTS reliable_mq_dead_letter (
  row_id BIGINT NOT NULL,
  consumer_group VARBINARY(255) NOT NULL,
  identity VARBINARY(255) NOT NULL,
  message_id BIGINT,
  id_space VARCHAR(32) DEFAULT '' NOT NULL,
  cluster VARCHAR(255) NOT NULL,
  topic VARCHAR(255) NOT NULL,
  tag MEDIUMTEXT,
  message_keys MEDIUMTEXT,
  ordering_key VARBINARY(255),
  headers MEDIUMTEXT,
  payload LONGBLOB,
  payload_encoding VARCHAR(255),
  deliver_at BIGINT,
  uniq_key VARCHAR(255),
  broker_name VARCHAR(255),
  queue_id INT,
  queue_offset BIGINT,
  send_status VARCHAR(32),
  born_at BIGINT,
  stored_at BIGINT,
  reconsume_times INT DEFAULT 0 NOT NULL,
  failures INT DEFAULT 0 NOT NULL,
  postponements INT DEFAULT 0 NOT NULL,
  reason VARCHAR(32) NOT NULL,
  exception VARCHAR(255),
  exception_message VARCHAR(1000),
  stack_trace MEDIUMTEXT,
  status VARCHAR(32) NOT NULL,
  owner VARCHAR(255),
  epoch BIGINT DEFAULT 0 NOT NULL,
  lease_until BIGINT DEFAULT 0 NOT NULL,
  parked_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  parkings INT DEFAULT 1 NOT NULL,
  replays INT DEFAULT 0 NOT NULL,
  changed_by VARCHAR(255),
  note VARCHAR(1000),
  PRIMARY KEY (row_id),
  UNIQUE KEY dead_letter_identity (cluster, consumer_group, identity),
  KEY dead_letter_group (consumer_group, status, parked_at),
  KEY dead_letter_message (consumer_group, message_id),
  KEY dead_letter_parked (status, parked_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row per run, group and shard: the window, its verdicts, and up to when nothing is missing.
CREATE TABLE IF NOT EXISTS reliable_mq_reconcile_run (
  row_id BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  cluster VARCHAR(255) NOT NULL,
  consumer_group VARBINARY(255) NOT NULL,
  shard INT DEFAULT 0 NOT NULL,
  shards INT DEFAULT 1 NOT NULL,
  window_from BIGINT NOT NULL,
  window_to BIGINT NOT NULL,
  dry_run SMALLINT DEFAULT 0 NOT NULL,
  status VARCHAR(32) NOT NULL,
  owner VARCHAR(255),
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
  UNIQUE KEY reconcile_run_part (run_id, cluster, consumer_group, shard),
  KEY reconcile_run_group (consumer_group, window_to),
  KEY reconcile_run_started (started_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Up to when rows of a ledger (outbox, ledger) have been deleted: what was recorded until then is not complete any more.
CREATE TABLE IF NOT EXISTS reliable_mq_purge (
  ledger VARCHAR(32) NOT NULL,
  purged_to BIGINT NOT NULL,
  PRIMARY KEY (ledger)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Locks of scheduled work, as ShedLock keeps them: one instance at a time.
CREATE TABLE IF NOT EXISTS reliable_mq_lock (
  name VARCHAR(64) NOT NULL,
  lock_until DATETIME(3) NOT NULL,
  locked_at DATETIME(3) NOT NULL,
  locked_by VARCHAR(255) NOT NULL,
  PRIMARY KEY (name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
