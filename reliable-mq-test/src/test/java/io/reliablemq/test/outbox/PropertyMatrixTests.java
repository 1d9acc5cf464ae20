package io.reliablemq.test.outbox;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.SenderContext;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.CommitTracker;
import io.reliablemq.outbox.DirectSends;
import io.reliablemq.outbox.Outbox;
import io.reliablemq.outbox.OutboxClusters;
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.outbox.OutboxOptions;
import io.reliablemq.outbox.OutboxRelay;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.rocketmq.transport.RocketMQMessageTransport;
import io.reliablemq.test.servers.H2Database;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.apache.rocketmq.spring.support.RocketMQMessageConverter;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.messaging.support.MessageBuilder;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Every place of a message that becomes a property, with every text that could do harm
 * there, on every way: it is refused by the call, or, where the application did not write
 * it into the message, left out, or it arrives exactly as it was given. It never makes
 * another property, and what was accepted fits with all that is added on the way.
 */
class PropertyMatrixTests {

    private static final int LEFT_FOR_COPIES = 2000;

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofSeconds(1));

    private final ObservationRegistry observations = ObservationRegistry.create();

    private final PreparingTransport transport = new PreparingTransport();

    private final SoftAssertions softly = new SoftAssertions();

    private @Nullable String trace;

    private HikariDataSource dataSource;

    private TransactionTemplate transaction;

    private OutboxRelay relay;

    private ReliableMQTemplate template;

    @BeforeEach
    void open() {
        this.observations.observationConfig().observationHandler(new Tracing());
        this.dataSource = H2Database.open("");
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        OutboxStore store = new JdbcOutboxStore(database, PayloadCodec.plain(), this.ids, UUID.randomUUID().toString(),
                Duration.ofSeconds(30));
        DataSourceTransactionManager manager = new DataSourceTransactionManager(this.dataSource);
        manager.addListener(new CommitTracker(store));
        this.transaction = new TransactionTemplate(manager);
        OutboxClusters clusters = new OutboxClusters();
        clusters.register(StoredMessage.DEFAULT_CLUSTER, this.transport);
        SendOptions options = SendOptions.defaults().withMdcKeys(List.of("tenant"));
        this.relay = new OutboxRelay(store, clusters,
                new OutboxOptions(Duration.ofSeconds(30), 100, Duration.ofMillis(50), Duration.ofDays(1), 8,
                        options.attemptTimeout(), StorageStatus.REPLICATED, Duration.ofSeconds(10)),
                SendLimits.none(), new SimpleMeterRegistry());
        this.template = ReliableMQTemplate.builder(new RocketMQTemplate(), (any) -> this.transport, this.ids)
            .options(options)
            .retryPolicy(SendRetryPolicy.exponential(2, options.backoff()))
            .buffer(new Outbox(OutboxMode.TRANSACTIONAL, store, clusters, this.relay, DirectSends.none()))
            .observations(this.observations)
            .build();
        this.relay.start();
    }

    @AfterEach
    void close() {
        this.template.close();
        this.relay.stop();
        this.dataSource.close();
    }

    @ParameterizedTest
    @EnumSource
    void isRefusedOrLeftOutOrArrives(Path path) {
        Map<Long, Case> accepted = new HashMap<>();
        for (Place place : Place.values()) {
            if (place == Place.ORDERING_KEY && path != Path.OUTBOX) {
                // Messages with an ordering key take the way of the outbox anyhow.
                continue;
            }
            for (String text : texts()) {
                Case each = new Case(place, text);
                Long id = sendOrRefuse(path, each);
                if (id != null) {
                    accepted.put(id, each);
                }
            }
        }
        this.transaction.executeWithoutResult((status) -> this.template.send("orders", "last"));
        await().atMost(Duration.ofSeconds(60))
            .untilAsserted(() -> assertThat(this.transport.received()).hasSize(accepted.size() + 1));
        this.transport.received().forEach((message) -> {
            Case each = accepted.get(message.id());
            if (each != null) {
                check(each, message);
            }
        });
        this.softly.assertAll();
    }

    private @Nullable Long sendOrRefuse(Path path, Case each) {
        if (each.place == Place.LOGGING_CONTEXT) {
            MDC.put("tenant", each.text);
        }
        this.trace = (each.place == Place.TRACE) ? each.text : null;
        try {
            return path.send(this, each.place.message.apply(each.text));
        }
        catch (InvalidMessageException ex) {
            this.softly.assertThat(each.isHarmless() || each.place.isAdded())
                .as("%s is refused: %s", each, ex)
                .isFalse();
            this.softly.assertThat(ex).as("%s", each).hasMessageMatching("(?s).{30,}");
            return null;
        }
        finally {
            MDC.remove("tenant");
            this.trace = null;
        }
    }

    private void check(Case each, PreparedMessage prepared) {
        Message message = asClient(prepared);
        byte[] stored = MessageDecoder.messageProperties2String(message.getProperties())
            .getBytes(StandardCharsets.UTF_8);
        this.softly.assertThat(stored.length).as("bytes of %s", each).isLessThan(Short.MAX_VALUE - LEFT_FOR_COPIES);
        Map<String, String> arrived = MessageDecoder
            .string2messageProperties(new String(stored, StandardCharsets.UTF_8));
        this.softly.assertThat(arrived).as("%s", each).isEqualTo(message.getProperties());
        this.softly.assertThat(arrived)
            .as("%s", each)
            .containsEntry("RELIABLE_ID", Long.toString(prepared.id()))
            .doesNotContainKey("RELIABLE_TARGET_GROUP");
        String found = each.place.find(arrived, each.text);
        if (!each.place.isAdded() || each.isHarmless()) {
            this.softly.assertThat(found).as("%s", each).isEqualTo(each.text);
        }
        else {
            this.softly.assertThat(found).as("%s", each).isIn(each.text, null);
        }
    }

    /** What every client does to a message that it sends. */
    private static Message asClient(PreparedMessage prepared) {
        Message message = new Message(prepared.topic(), prepared.tag(), prepared.body());
        message.setKeys(prepared.keys());
        prepared.properties().forEach(message::putUserProperty);
        return message;
    }

    private static List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (int c = 0; c <= ' '; c++) {
            addAround(texts, Character.toString(c));
        }
        for (String some : List.of("\u007f", "\u0080", "\u0085", "\u00a0", "\u2003", "\u2028", "\u3000", "\ufeff",
                "\ufffe", "\uffff", "\ud800", "\udc00", "\udc00\ud800", "\ud83d\ude00", "&", "=", "%", "+",
                "\u0002RELIABLE_TARGET_GROUP\u0001nobody\u0002", "\u0001x\u0002RELIABLE_ID\u00011")) {
            addAround(texts, some);
        }
        texts.addAll(List.of("", "   ", "\t\u0003 ", "\u2003\u0003", "x", "x".repeat(255), "\u20ac".repeat(85),
                "x".repeat(256), "x".repeat(10_000), "\u20ac".repeat(10_000), "x".repeat(30_719), "x".repeat(31_000),
                "x".repeat(40_000)));
        return texts;
    }

    private static void addAround(List<String> texts, String some) {
        texts.addAll(List.of(some, some + "a", "a" + some, "a" + some + "b"));
    }

    private enum Path {

        SEND {

            @Override
            Long send(PropertyMatrixTests test, ReliableMessage<?> message) {
                return test.template.send(message).id();
            }

        },

        SEND_ASYNC {

            @Override
            Long send(PropertyMatrixTests test, ReliableMessage<?> message) {
                try {
                    return test.template.sendAsync(message).join().id();
                }
                catch (CompletionException ex) {
                    throw (RuntimeException) ex.getCause();
                }
            }

        },

        SEND_ALL {

            @Override
            Long send(PropertyMatrixTests test, ReliableMessage<?> message) {
                return test.template.sendAll(List.of(message)).get(0).id();
            }

        },

        OUTBOX {

            @Override
            Long send(PropertyMatrixTests test, ReliableMessage<?> message) {
                return test.transaction.execute((status) -> test.template.send(message).id());
            }

        };

        abstract Long send(PropertyMatrixTests test, ReliableMessage<?> message);

    }

    private enum Place {

        HEADER_NAME((text) -> plain().header(text, "value").build()),

        HEADER_VALUE((text) -> plain().header("name", text).build()),

        LOGGING_CONTEXT((text) -> plain().build()),

        TRACE((text) -> plain().build()),

        TAG((text) -> ReliableMessage.to("orders:" + text).payload("x").build()),

        KEY((text) -> plain().key(text).build()),

        ORDERING_KEY((text) -> plain().orderingKey(text).build()),

        SPRING_HEADER_NAME((text) -> spring(text, "value")),

        SPRING_HEADER_VALUE((text) -> spring("name", text));

        private final Function<String, ReliableMessage<?>> message;

        Place(Function<String, ReliableMessage<?>> message) {
            this.message = message;
        }

        private static ReliableMessage.Builder<String> plain() {
            return ReliableMessage.to("orders").payload("x");
        }

        private static ReliableMessage<?> spring(String name, String value) {
            return ReliableMessage.to("orders")
                .payload(MessageBuilder.withPayload("x").setHeader(name, value).build())
                .build();
        }

        /** Whether the application did not write it into the message itself. */
        boolean isAdded() {
            return this == LOGGING_CONTEXT || this == TRACE;
        }

        @Nullable String find(Map<String, String> properties, String text) {
            return switch (this) {
                case HEADER_NAME, SPRING_HEADER_NAME -> "value".equals(properties.get(text)) ? text : null;
                case HEADER_VALUE, SPRING_HEADER_VALUE -> properties.get("name");
                case LOGGING_CONTEXT -> properties.get("RELIABLE_MDC_tenant");
                case TRACE -> properties.get("baggage");
                case TAG -> properties.get("TAGS");
                case KEY -> properties.get("KEYS").substring(0, properties.get("KEYS").lastIndexOf(' '));
                case ORDERING_KEY -> properties.get("RELIABLE_ORDERING_KEY");
            };
        }

    }

    private record Case(Place place, String text) {

        boolean isHarmless() {
            return List.of("x", "x".repeat(255), "\u20ac".repeat(85), "\ud83d\ude00", "a&b", "a=b", "a%b", "a+b")
                .contains(this.text);
        }

        @Override
        public String toString() {
            StringBuilder escaped = new StringBuilder(this.place + " ");
            this.text.chars()
                .limit(20)
                .forEach((c) -> escaped.append((c > ' ' && c < 127) ? Character.toString(c) : "U+%04X".formatted(c)));
            return escaped.append(" (").append(this.text.length()).append(')').toString();
        }

    }

    /** Converts and checks as for a broker, and remembers what it is given. */
    private static final class PreparingTransport extends RecordingTransport {

        private final MessageTransport rocketMQ;

        PreparingTransport() {
            RocketMQTemplate template = new RocketMQTemplate();
            template.setProducer(new DefaultMQProducer("matrix"));
            template.setMessageConverter(new RocketMQMessageConverter().getMessageConverter());
            this.rocketMQ = new RocketMQMessageTransport(template);
        }

        @Override
        public PreparedMessage prepare(ReliableMessage<?> message, long id, @Nullable Instant deliverAt) {
            return this.rocketMQ.prepare(message, id, deliverAt);
        }

        List<PreparedMessage> received() {
            return this.batches.stream().flatMap(List::stream).toList();
        }

    }

    /** Puts a value into the message that came with a request, as baggage does. */
    private final class Tracing implements ObservationHandler<SenderContext<Object>> {

        @Override
        public void onStart(SenderContext<Object> context) {
            String value = PropertyMatrixTests.this.trace;
            if (value != null) {
                context.getSetter().set(context.getCarrier(), "baggage", value);
            }
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return context instanceof SenderContext<?>;
        }

    }

}
