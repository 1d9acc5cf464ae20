package io.reliablemq.jdbc;

import java.util.List;

/**
 * The library's tables, with the columns that the start-up check looks for.
 */
public enum Table {

    /** Idempotency records. */
    INBOX("inbox", "consumer_group", "identity", "message_id", "id_space", "status", "token", "lease_until",
            "created_at", "origin", "duplicate_of"),

    /** Failed and postponed deliveries. */
    ATTEMPT("attempt", "consumer_group", "identity", "message_id", "id_space", "failures", "postponements", "next_due",
            "exception"),

    /** Guarded consumer groups. */
    GROUP("group", "cluster", "consumer_group", "topic", "subscription", "filter_type", "message_model", "consume_mode",
            "expected_from", "last_seen", "retention", "history"),

    /** Leases of worker ids. */
    WORKER("worker", "worker_id", "owner", "limit_ms"),

    /** Messages to send, and those sent from there. */
    OUTBOX("outbox", "row_id", "message_id", "id_space", "cluster", "topic", "tag", "message_keys", "ordering_key",
            "headers", "payload", "payload_encoding", "deliver_at", "key_sequence", "ordered", "status", "owner",
            "epoch", "lease_until", "due_at", "attempts", "uncertain", "last_error", "created_at", "sent_at",
            "uniq_key", "broker_name", "queue_id", "queue_offset", "send_status", "resends", "last_resent_at"),

    /** Counters of ordering keys. */
    OUTBOX_KEY("outbox_key", "cluster", "topic", "ordering_key", "last_sequence", "updated_at"),

    /** Direct sends. */
    LEDGER("ledger", "row_id", "message_id", "id_space", "cluster", "topic", "tag", "message_keys", "ordering_key",
            "headers", "payload", "payload_encoding", "deliver_at", "uncertain", "sent_at", "uniq_key", "broker_name",
            "queue_id", "queue_offset", "send_status", "resends", "last_resent_at"),

    /** Parked messages. */
    DEAD_LETTER("dead_letter", "row_id", "consumer_group", "identity", "message_id", "id_space", "cluster", "topic",
            "tag", "message_keys", "ordering_key", "headers", "payload", "payload_encoding", "deliver_at", "uniq_key",
            "broker_name", "queue_id", "queue_offset", "send_status", "born_at", "stored_at", "reconsume_times",
            "failures", "postponements", "reason", "exception", "exception_message", "stack_trace", "status", "owner",
            "epoch", "lease_until", "parked_at", "updated_at", "parkings", "replays", "changed_by", "note"),

    /** Runs of the reconciliation. */
    RECONCILE_RUN("reconcile_run", "row_id", "run_id", "cluster", "consumer_group", "shard", "shards", "window_from",
            "window_to", "dry_run", "status", "owner", "epoch", "lease_until", "started_at", "finished_at",
            "last_message_id", "examined", "ok_count", "dropped_count", "discarded_count", "in_dead_letter_count",
            "in_retry_count", "pending_count", "not_sent_count", "not_expected_count", "expired_count",
            "sent_lost_count", "stored_unconsumed_count", "acked_no_effect_count", "uncertain_count", "unknown_count",
            "resent_count", "proven_up_to", "failure"),

    /** Up to when ledgers have been purged. */
    PURGE("purge", "ledger", "purged_to"),

    /** Locks of scheduled work. */
    LOCK("lock", "name", "lock_until", "locked_at", "locked_by");

    private final String suffix;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> columns;

    Table(String suffix, String... columns) {
        this.suffix = suffix;
        this.columns = List.of(columns);
    }

    /**
     * What follows the prefix in its name.
     * @return in lower case
     */
    public String suffix() {
        return this.suffix;
    }

    /**
     * The columns, in the order of the scripts.
     * @return names in lower case
     */
    public List<String> columns() {
        return this.columns;
    }

}
