-- What reliable-mq needs on MariaDB 10.6 or later in addition to the tables of schema-mysql.sql, which runs first.
-- Running the script again changes nothing.

-- What transactions that store messages with ordering keys lock until they commit, so that the numbers of a key follow
-- the order of commits; the relay never touches it. 1,024 rows that nobody ever changes, each for its share of all keys:
-- under innodb_snapshot_isolation (on by default since MariaDB 11.6.2) a row that has changed since a transaction's first
-- read could not be locked any more. The numbers come from a sequence, which is no part of transactions. The rows are
-- 32 times 32, because MariaDB ends a recursion at max_recursive_iterations (1,000 unless set) without an error.
INSERT IGNORE INTO reliable_mq_outbox_key (cluster, topic, ordering_key, updated_at)
WITH RECURSIVE digits (digit) AS (SELECT 0 UNION ALL SELECT digit + 1 FROM digits WHERE digit < 31)
SELECT '', '', high.digit * 32 + low.digit, 9223372036854775807 FROM digits high, digits low;

CREATE SEQUENCE IF NOT EXISTS reliable_mq_outbox_sequence;
