package io.reliablemq.rocketmq.redelivery;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.reliablemq.ReliableMQException;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.deadletter.DeadLetterMessages;
import io.reliablemq.rocketmq.delivery.DeliveryGate;
import io.reliablemq.rocketmq.delivery.SingleDeliveryTests;
import io.reliablemq.rocketmq.listener.GuardedContainer;
import io.reliablemq.rocketmq.listener.GuardedGroups;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.MessageQueueSelector;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A group of one name on two clusters is two groups.
 */
class SameNamedGroupsTests {

    private final ListenerRegistry registry = new ListenerRegistry();

    private final Map<String, DefaultMQProducer> producers = new LinkedHashMap<>();

    private final Clusters clusters = new Clusters(() -> this.producers, null, this.registry);

    private final RecordingProducer first = new RecordingProducer("a:9876");

    private final RecordingProducer second = new RecordingProducer("b:9876");

    private final MessageExt message = Messages.withId(42);

    @BeforeEach
    void makeTemplates() {
        this.producers.put("default", this.first);
        this.producers.put("second", this.second);
    }

    @Test
    void isGuardedOnlyWhereItsListenerIs() {
        listenAt("http://B:9876");
        SubscribingGroups groups = new SubscribingGroups(() -> this.first, this.registry);

        assertThat(groups.guardedHere(this.second)).containsExactly("g");
        assertThat(groups.guardedHere(this.first)).isEmpty();
    }

    @Test
    void isGuardedByOthersOnlyWhereItIsRegistered() {
        GuardedGroups groups = new GuardedGroups(this.registry,
                new GuardFactory(List.of(), Map.of(), null, Clock.systemUTC()),
                Map.of(IdempotencyStoreType.JDBC, new Registered(registration("default", "points"),
                        registration("second", "mails"), registration("c:9876", "audit"))),
                this.clusters, Clock.systemUTC());

        assertThat(groups.registered(this.first)).containsExactly("points");
        assertThat(groups.registered(this.second)).containsExactly("mails");
        assertThat(groups.registered(new RecordingProducer("c:9876;d:9876"))).containsExactly("audit");
    }

    @Test
    void getsAStoredMessageOnTheMessagesCluster() {
        GroupRedelivery redelivery = GroupRedelivery.on(this.clusters, this.registry, (client) -> Set.of());

        redelivery.toConcurrent(stored("second"), "g");
        assertThat(this.second.topics).containsExactly("%RETRY%g");
        assertThat(this.first.topics).isEmpty();

        redelivery.toConcurrent(stored("default"), "g");
        assertThat(this.first.topics).containsExactly("%RETRY%g");
    }

    @Test
    void getsNothingForAClusterThatIsNotKnownHere() {
        GroupRedelivery redelivery = GroupRedelivery.on(this.clusters, this.registry, (client) -> Set.of());

        assertThatExceptionOfType(ReliableMQException.class)
            .isThrownBy(() -> redelivery.toConcurrent(stored("third"), "g"))
            .withMessageContaining("'third'")
            .withMessageContaining("[default, second]");
        assertThatExceptionOfType(ReliableMQException.class)
            .isThrownBy(() -> redelivery.toOrdered(stored("third"), "g"))
            .withMessageContaining("'third'");
        assertThat(this.first.topics).isEmpty();
        assertThat(this.second.topics).isEmpty();
    }

    @Test
    void getsADeliveredMessageWhereItsListenerIs() {
        GroupRedelivery redelivery = GroupRedelivery.on(this.clusters, this.registry, (client) -> Set.of());
        listenAt("b:9876");

        redelivery.toConcurrent(this.message, "g");
        redelivery.toConcurrent(this.message, "another");

        assertThat(this.second.topics).containsExactly("%RETRY%g");
        assertThat(this.first.topics).as("of no listener here").containsExactly("%RETRY%another");

        listenAt("a:9876");
        assertThatExceptionOfType(ReliableMQException.class)
            .isThrownBy(() -> redelivery.toConcurrent(this.message, "g"))
            .withMessageContaining("[default, second]")
            .withMessageContaining("StoredMessage");
    }

    @Test
    void isCompensatedByTheApplicationsOwnRedeliveryWhereThatLeads() {
        GroupRedelivery own = new GroupRedelivery(() -> this.first, (topic) -> Set.of());
        GroupRedelivery all = GroupRedelivery.on(this.clusters, this.registry, (client) -> Set.of());
        GroupCompensation compensation = new GroupCompensation(
                (cluster) -> own.leadsTo(cluster, this.clusters) ? own : all);

        compensation.deliver(stored("second"), registration("second", "g"));
        assertThat(this.second.topics).containsExactly("%RETRY%g");
        assertThat(this.first.topics).isEmpty();

        compensation.deliver(stored("default"), registration("default", "g"));
        assertThat(this.first.topics).containsExactly("%RETRY%g");
        assertThat(all.leadsTo("third", this.clusters)).as("refuses by itself").isTrue();
    }

    private void listenAt(String nameServers) {
        ListenerDescription listener = Containers.describe(new SingleDeliveryTests.TextListener(), nameServers);
        this.registry.add(listener);
        this.registry.add(new GuardedContainer(listener, new DeliveryGate(), null, null));
    }

    private static GroupSubscription registration(String cluster, String group) {
        return new GroupSubscription(cluster, group, "orders", "*", "TAG", "CLUSTERING", false, false, Instant.EPOCH,
                Instant.now(Clock.systemUTC()), Duration.ofDays(7));
    }

    private StoredMessage stored(String cluster) {
        return DeadLetterMessages.stored(this.message, cluster);
    }

    /** What all applications have registered. */
    private static final class Registered implements GroupDirectory {

        private final List<GroupSubscription> groups;

        Registered(GroupSubscription... groups) {
            this.groups = List.of(groups);
        }

        @Override
        public void register(Collection<GroupSubscription> some) {
        }

        @Override
        public List<GroupSubscription> groups() {
            return this.groups;
        }

    }

    /** Takes everything. */
    private static final class RecordingProducer extends DefaultMQProducer {

        private final List<String> topics = new ArrayList<>();

        RecordingProducer(String nameServers) {
            super("tests");
            setNamesrvAddr(nameServers);
        }

        @Override
        public SendResult send(Message sent, MessageQueueSelector selector, Object argument, long timeout) {
            this.topics.add(sent.getTopic());
            SendResult result = new SendResult();
            result.setSendStatus(SendStatus.SEND_OK);
            return result;
        }

    }

}
