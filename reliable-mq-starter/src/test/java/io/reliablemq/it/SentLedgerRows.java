package io.reliablemq.it;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageConst;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.BatchPreparedStatementSetter;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Sends as the relay of an outbox does and writes the rows that it leaves behind, so that
 * many messages are sent in little time.
 */
final class SentLedgerRows {

    private static final int AT_ONCE = 200;

    private final MessageIdGenerator ids = SnowflakeIdGenerator.fixed(1000, java.time.Clock.systemUTC(),
            Duration.ofSeconds(1));

    private final AtomicLong rowIds = new AtomicLong();

    private final String topic;

    private final JdbcTemplate jdbc;

    private final MessageColumns columns;

    SentLedgerRows(TestDatabase database, String topic) {
        DriverManagerDataSource dataSource = new DriverManagerDataSource(database.url(), database.user(), "");
        this.topic = topic;
        this.jdbc = new JdbcTemplate(dataSource);
        this.columns = new MessageColumns(JdbcDatabase.detect(dataSource, Tables.defaults()).dialect(),
                PayloadCodec.plain());
    }

    /** A message of this topic that nobody has sent yet. */
    StoredMessage message(String payload, @Nullable String tag, @Nullable Instant deliverAt) {
        long id = this.ids.nextId();
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("RELIABLE_ID", String.valueOf(id));
        headers.put("contentType", "text/plain");
        return new StoredMessage(id, MessageClientIDSetter.createUniqID(), StoredMessage.DEFAULT_CLUSTER, this.topic,
                tag, List.of(String.valueOf(id)), null, headers, payload.getBytes(), deliverAt);
    }

    /** Sends in batches; returns the messages in the order of the payloads. */
    List<StoredMessage> send(DefaultMQProducer producer, List<String> payloads) throws Exception {
        List<StoredMessage> sent = new ArrayList<>();
        for (int from = 0; from < payloads.size(); from += AT_ONCE) {
            List<StoredMessage> some = payloads.subList(from, Math.min(payloads.size(), from + AT_ONCE))
                .stream()
                .map((payload) -> message(payload, null, null))
                .toList();
            List<Row> rows = new ArrayList<>();
            SendResult result = producer.send(some.stream().map(SentLedgerRows::outgoing).toList());
            for (StoredMessage message : some) {
                rows.add(new Row(message, "SENT", result.getMessageQueue().getBrokerName(),
                        result.getMessageQueue().getQueueId(), result.getQueueOffset() + rows.size()));
            }
            insert(rows);
            sent.addAll(some);
        }
        return sent;
    }

    void sendOne(DefaultMQProducer producer, StoredMessage message) throws Exception {
        Message outgoing = outgoing(message);
        if (message.deliverAt() != null) {
            outgoing.setDeliverTimeMs(message.deliverAt().toEpochMilli());
        }
        SendResult result = producer.send(outgoing);
        insert(List.of(new Row(message, "SENT", result.getMessageQueue().getBrokerName(),
                result.getMessageQueue().getQueueId(), result.getQueueOffset())));
    }

    /** Rows of messages that no broker has got. */
    void insertUnsent(StoredMessage message, String status, String broker, int queueId, long offset) {
        insert(List.of(new Row(message, status, broker, queueId, offset)));
    }

    private static Message outgoing(StoredMessage stored) {
        Message message = new Message(stored.topic(), stored.tag(), stored.payload());
        message.setKeys(stored.keys());
        stored.headers().forEach(message::putUserProperty);
        MessageAccessor.putProperty(message, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, stored.uniqKey());
        MessageAccessor.putProperty(message, ReliableHeaders.MADE_FOR, stored.uniqKey());
        return message;
    }

    private void insert(List<Row> rows) {
        long now = System.currentTimeMillis();
        this.jdbc.batchUpdate(
                "INSERT INTO reliable_mq_outbox (" + MessageColumns.NAMES
                        + ", row_id, status, due_at, created_at, sent_at, broker_name, queue_id, queue_offset) VALUES ("
                        + MessageColumns.PLACEHOLDERS + ", ?, ?, ?, ?, ?, ?, ?, ?)",
                new BatchPreparedStatementSetter() {

                    @Override
                    public void setValues(java.sql.PreparedStatement statement, int index)
                            throws java.sql.SQLException {
                        Row row = rows.get(index);
                        SentLedgerRows.this.columns.set(statement, 1, row.message());
                        statement.setLong(12, SentLedgerRows.this.rowIds.incrementAndGet());
                        statement.setString(13, row.status());
                        statement.setLong(14, now);
                        statement.setLong(15, now);
                        statement.setLong(16, now);
                        statement.setString(17, row.broker());
                        statement.setInt(18, row.queueId());
                        statement.setLong(19, row.offset());
                    }

                    @Override
                    public int getBatchSize() {
                        return rows.size();
                    }

                });
    }

    private record Row(StoredMessage message, String status, String broker, int queueId, long offset) {
    }

}
