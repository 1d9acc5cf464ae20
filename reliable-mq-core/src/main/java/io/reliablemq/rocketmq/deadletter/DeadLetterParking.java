package io.reliablemq.rocketmq.deadletter;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeadLetterService;
import io.reliablemq.deadletter.DeadLetterStorage;
import io.reliablemq.deadletter.DeadLetterStoreException;
import io.reliablemq.deadletter.DeadLetterTransport;
import io.reliablemq.deadletter.DrainReport;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingFailure;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.ParkableRecords;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ConsumerInternals;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.delivery.KeyReader;
import io.reliablemq.rocketmq.delivery.ParkingPlace;
import io.reliablemq.rocketmq.delivery.PayloadReader;
import io.reliablemq.rocketmq.redelivery.GroupPublisher;
import io.reliablemq.rocketmq.redelivery.GroupRedelivery;
import io.reliablemq.rocketmq.redelivery.SubscribingGroups;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * Dead-letter parking of all listeners: opens the place where each listener's messages
 * are parked, redelivers letters to it and drains its dead-letter topic.
 */
public final class DeadLetterParking implements DeadLetterTransport, ParkingPlace.Factory {

    private final DeadLetterStorage storage;

    private final Supplier<@Nullable DeadLetterService> letters;

    private final ListenerRegistry registry;

    private final Function<ClientConfig, Set<String>> registered;

    private final Clusters clusters;

    private final List<ListenerEntry> entries = new CopyOnWriteArrayList<>();

    private final Map<String, ParkableRecords> elsewhere = new ConcurrentHashMap<>();

    private final Object drain = new Object();

    /**
     * Creates the parking.
     * @param storage where parked messages are to be kept
     * @param letters the letters in the database; answers {@code null} where there is
     * none. Asked for when the first listener is known
     * @param registry knows the guarded listeners
     */
    public DeadLetterParking(DeadLetterStorage storage, Supplier<@Nullable DeadLetterService> letters,
            ListenerRegistry registry) {
        this(storage, letters, registry, (client) -> Set.of(), Clusters.unnamed(registry));
    }

    /**
     * Creates the parking.
     * @param storage where parked messages are to be kept
     * @param letters as above
     * @param registry knows the guarded listeners
     * @param registered names the guarded groups of other applications on the cluster
     * that a client leads to
     * @param clusters name the clusters of the listeners
     */
    public DeadLetterParking(DeadLetterStorage storage, Supplier<@Nullable DeadLetterService> letters,
            ListenerRegistry registry, Function<ClientConfig, Set<String>> registered, Clusters clusters) {
        this.storage = storage;
        this.letters = letters;
        this.registry = registry;
        this.registered = registered;
        this.clusters = clusters;
    }

    /**
     * The records of a group, where they are not in the database of the letters.
     * @param group consumer group
     * @return the records, if they are known and somewhere else
     */
    public Optional<ParkableRecords> recordsElsewhere(String group) {
        return Optional.ofNullable(this.elsewhere.get(group));
    }

    @Override
    public ParkingPlace open(ListenerDescription listener, PayloadReader payloads, KeyReader keys,
            @Nullable Object records) {
        this.entries.add(new ListenerEntry(listener, this.clusters, payloads, keys));
        DeadLetterService box = (this.storage == DeadLetterStorage.BROKER) ? null : this.letters.get();
        DeadLetterPublisher publisher = new DeadLetterPublisher(listener.group(),
                GroupPublisher.over(listener.container().getConsumer()));
        if (box == null) {
            requireNoDatabase();
            return publisher;
        }
        if (records instanceof ParkableRecords parkable) {
            this.elsewhere.put(listener.group(), parkable);
        }
        return new DatabaseParking(() -> this.clusters.nameOf(listener), keys, box, publisher,
                this.storage == DeadLetterStorage.BOTH);
    }

    private void requireNoDatabase() {
        if (this.storage == DeadLetterStorage.DATABASE || this.storage == DeadLetterStorage.BOTH) {
            throw new InvalidConfigurationException(
                    "reliable-mq.dead-letter.storage is " + this.storage + ", but there is no database for them.",
                    "Configure a DataSource (spring.datasource.*, with spring-jdbc), without"
                            + " reliable-mq.idempotency.store=redis, which leaves it alone (name REDIS at the"
                            + " listeners instead); or set reliable-mq.dead-letter.storage to auto or broker.");
        }
    }

    @Override
    public Set<String> groups() {
        return this.entries.stream().map(ListenerEntry::group).collect(Collectors.toSet());
    }

    @Override
    public Optional<String> refusal(DeadLetter letter) {
        Optional<String> refusal = DeadLetterTransport.super.refusal(letter);
        if (refusal.isPresent() || entry(letter).isPresent()) {
            return refusal;
        }
        Set<String> here = new TreeSet<>();
        of(letter.key().group()).forEach((entry) -> here.addAll(this.clusters.namesOf(entry.listener())));
        return Optional.of("Dead letter " + letter.id() + " is of the cluster '" + letter.cluster()
                + "', but this application consumes for the group " + letter.key().group() + " from " + here
                + " only: replay it where its listener is. If that is here, give the RocketMQTemplate of that cluster"
                + " its old bean name.");
    }

    @Override
    public void redeliver(DeadLetterDetails details) {
        DeadLetter letter = details.letter();
        ListenerEntry entry = entry(letter)
            .orElseThrow(() -> new ReliableMQException(refusal(letter).orElse("Its listener is not known.")));
        DefaultMQPushConsumer consumer = entry.consumer();
        GroupRedelivery redelivery = redeliveryOver(consumer);
        MessageExt message = DeadLetterMessages.delivered(details);
        Map<String, String> headers = Map.of(ReliableHeaders.LETTER_ID, Long.toString(letter.id()));
        if (entry.listener().ordered()) {
            message.setTopic(ConsumerInternals.withNamespace(consumer, message.getTopic()));
            redelivery.toOrdered(message, consumer.getConsumerGroup(), headers);
        }
        else {
            redelivery.toConcurrent(message, consumer.getConsumerGroup(), headers);
        }
    }

    /** Over the connection of the group's own consumer, with its access rights. */
    private GroupRedelivery redeliveryOver(DefaultMQPushConsumer consumer) {
        Supplier<DefaultMQProducer> producer = () -> ConsumerInternals.producerOf(consumer);
        return new GroupRedelivery(producer::get,
                new SubscribingGroups(producer, this.registry, this.registered)::unguarded);
    }

    @Override
    public DrainReport drain(String group, int limit, Function<Parking, ParkingResult> sink) {
        List<ListenerEntry> listeners = onDifferentClusters(group);
        // The client refuses a second reader of the same name.
        synchronized (this.drain) {
            return (listeners.size() == 1) ? drain(listeners.get(0), limit, sink) : drainAll(listeners, limit, sink);
        }
    }

    private static DrainReport drain(ListenerEntry entry, int limit, Function<Parking, ParkingResult> sink) {
        return new DeadLetterTopic(entry.consumer(), entry.group(), limit,
                (message) -> sink.apply(entry.parking(message)))
            .drain();
    }

    /**
     * One cluster that cannot be read, or has no such topic, does not keep the others.
     */
    private DrainReport drainAll(List<ListenerEntry> listeners, int limit, Function<Parking, ParkingResult> sink) {
        DrainReport all = new DrainReport(listeners.get(0).group(), 0, 0, 0);
        Map<String, String> unread = new LinkedHashMap<>();
        ReliableMQException failure = null;
        for (ListenerEntry entry : listeners) {
            try {
                all = all.and(drain(entry, limit - all.stored() - all.known() - all.failed().size(), sink));
            }
            catch (DeadLetterStoreException | IdempotencyStoreException ex) {
                throw ex;
            }
            catch (ReliableMQException ex) {
                failure = ex;
                unread.put("cluster " + this.clusters.nameOf(entry.listener()), String.valueOf(ex.getMessage()));
            }
        }
        if (failure != null && unread.size() == listeners.size()) {
            throw failure;
        }
        return all.and(new DrainReport(all.group(), 0, 0, 0, unread));
    }

    private List<ListenerEntry> onDifferentClusters(String group) {
        List<ListenerEntry> different = new ArrayList<>();
        for (ListenerEntry entry : of(group)) {
            if (different.stream().noneMatch((other) -> Clusters.areOne(other.consumer(), entry.consumer()))) {
                different.add(entry);
            }
        }
        if (different.isEmpty()) {
            throw new ReliableMQException("This application has no listener of this library for the consumer group '"
                    + group + "', only for " + new TreeSet<>(groups()) + ": ask the application that consumes for it.");
        }
        return different;
    }

    private List<ListenerEntry> of(String group) {
        return this.entries.stream().filter((entry) -> entry.group().equals(group)).toList();
    }

    private Optional<ListenerEntry> entry(DeadLetter letter) {
        return of(letter.key().group()).stream()
            .filter((entry) -> this.clusters.isNamed(letter.cluster(), entry.consumer()))
            .findFirst();
    }

    /** What is known about one listener. */
    private record ListenerEntry(ListenerDescription listener, Clusters clusters, PayloadReader payloads,
            KeyReader keys) {

        String group() {
            return this.listener.group();
        }

        DefaultMQPushConsumer consumer() {
            return this.listener.container().getConsumer();
        }

        Parking parking(MessageExt message) {
            String failures = Marks.read(message, DeadLetterPublisher.FAILURES);
            int count = (failures != null && failures.matches("\\d{1,9}")) ? Integer.parseInt(failures)
                    : message.getReconsumeTimes();
            String lacks = LetterCopy.lacks(message);
            Parking parking = new Parking(key(message),
                    DeadLetterMessages.stored(message, this.clusters.nameOf(this.listener)),
                    DeadLetterMessages.origin(message), ParkingReason.DRAINED, count,
                    new ParkingFailure(Marks.read(message, DeadLetterPublisher.EXCEPTION),
                            (lacks != null) ? "Its copy in the dead-letter topic lacks: " + lacks : null, null));
            return LetterCopy.lacksPayload(message)
                    ? parking.without(new String(message.getBody(), StandardCharsets.UTF_8)) : parking;
        }

        private RecordKey key(MessageExt message) {
            try {
                return this.keys.read(message, this.payloads.read(message));
            }
            catch (RuntimeException | LinkageError | StackOverflowError ex) {
                // Unreadable then as now: it has no other identity.
                return this.keys.fallback(message);
            }
        }

    }

}
