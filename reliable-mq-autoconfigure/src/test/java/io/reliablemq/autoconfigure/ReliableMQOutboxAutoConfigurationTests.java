package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import javax.sql.DataSource;

import io.reliablemq.outbox.Outbox;
import io.reliablemq.outbox.OutboxRelay;
import io.reliablemq.outbox.OutboxStatistics;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.ParkedMessage;
import io.reliablemq.outbox.DirectSends;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.outbox.jdbc.JdbcDirectSends;
import io.reliablemq.producer.Delivery;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendBuffer;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.Test;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ReliableMQOutboxAutoConfiguration} and its endpoint's.
 */
class ReliableMQOutboxAutoConfigurationTests {

    private final ApplicationContextRunner database = Applications.withDatabase();

    private final ApplicationContextRunner exposed = this.database
        .withPropertyValues("management.endpoints.web.exposure.include=reliablemqoutbox");

    @Test
    void tellsHealthWhetherTheRelayRuns() {
        this.database.run((context) -> {
            OutboxRelay relay = context.getBean(OutboxRelay.class);
            Object health = context.getBean("reliableMqOutboxHealthIndicator");
            relay.start();
            assertThat(HealthLine.health(health).toString()).contains("UP");
            relay.stop();
            assertThat(HealthLine.health(health).toString()).contains("DOWN", "relay");
        });
    }

    @Test
    void storesWithTheTransaction() {
        this.database.run((context) -> {
            assertThat(context).hasNotFailed()
                .hasSingleBean(JdbcOutboxStore.class)
                .hasSingleBean(OutboxRelay.class)
                .hasSingleBean(Outbox.class)
                .doesNotHaveBean(JdbcDirectSends.class)
                .doesNotHaveBean(ReliableMQOutboxEndpoint.class);
            assertThat(context.getBean(OutboxRelay.class).isRunning()).isTrue();
            ReliableMQTemplate template = context.getBean(ReliableMQTemplate.class);
            JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
            new TransactionTemplate(context.getBean(PlatformTransactionManager.class)).executeWithoutResult(
                    (status) -> assertThat(template.send("t", "x").delivery()).isEqualTo(Delivery.OUTBOXED));
            assertThat(jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox", Integer.class)).isOne();
        });
    }

    @Test
    void isOffWhenAsked() {
        this.exposed.withPropertyValues("reliable-mq.outbox.mode=OFF")
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(ReliableMQTemplate.class)
                .doesNotHaveBean(SendBuffer.class)
                .doesNotHaveBean(OutboxStore.class)
                .doesNotHaveBean(ReliableMQOutboxEndpoint.class));
    }

    @Test
    void isOffWithoutADatabase() {
        Applications.withRocketMQ()
            .withPropertyValues("reliable-mq.id.worker-id=1")
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(ReliableMQTemplate.class)
                .doesNotHaveBean(SendBuffer.class));
    }

    @Test
    void isOffWithoutSpringJdbc() {
        this.database.withPropertyValues("reliable-mq.id.worker-id=1")
            .withClassLoader(new FilteredClassLoader(JdbcOperations.class))
            .run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SendBuffer.class));
    }

    @Test
    void isOffWhenTheLibraryIs() {
        this.exposed.withPropertyValues("reliable-mq.enabled=false")
            .run((context) -> assertThat(context).hasNotFailed()
                .doesNotHaveBean(SendBuffer.class)
                .doesNotHaveBean(OutboxStore.class)
                .doesNotHaveBean(ReliableMQOutboxEndpoint.class));
    }

    @Test
    void usesTheUsersBeans() {
        OutboxStore store = mock(OutboxStore.class);
        SendBuffer buffer = SendBuffer.none();
        this.database.withBean(OutboxStore.class, () -> store)
            .withBean(SendBuffer.class, () -> buffer)
            .run((context) -> {
                assertThat(context).hasNotFailed().doesNotHaveBean(Outbox.class);
                assertThat(context.getBean(OutboxStore.class)).isSameAs(store);
            });
    }

    @Test
    void knowsEveryTemplatesCluster() {
        this.database.withBean("second", RocketMQTemplate.class, () -> {
            RocketMQTemplate template = new RocketMQTemplate();
            template.setProducer(new Applications.IdleProducer());
            return template;
        }, (definition) -> definition.setAutowireCandidate(true)).run((context) -> assertThat(context).hasNotFailed());
    }

    @Test
    void notesDirectSendsOfTheTopicsThatAskForIt() {
        this.database.withPropertyValues("reliable-mq.ledger.topics=orders")
            .run((context) -> assertThat(context).hasNotFailed()
                .getBean(DirectSends.class)
                .isInstanceOf(JdbcDirectSends.class));
    }

    @Test
    void hasAnEndpointWhereItIsExposed() {
        this.exposed.run((context) -> assertThat(context).hasSingleBean(ReliableMQOutboxEndpoint.class));
        this.exposed.withPropertyValues("management.endpoint.reliablemqoutbox.access=NONE")
            .run((context) -> assertThat(context).doesNotHaveBean(ReliableMQOutboxEndpoint.class));
        this.exposed.withClassLoader(new FilteredClassLoader(Endpoint.class))
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(OutboxStore.class)
                .doesNotHaveBean("reliableMQOutboxEndpoint"));
        assertThat(ReliableMQOutboxEndpoint.class.getAnnotation(Endpoint.class).defaultAccess())
            .isEqualTo(Access.READ_ONLY);
    }

    @Test
    void showsAndSettlesParkedMessages() {
        OutboxStore store = mock(OutboxStore.class);
        given(store.statistics()).willReturn(new OutboxStatistics(3, 1, 0, Duration.ofSeconds(9)));
        given(store.parked(100))
            .willReturn(List.of(new ParkedMessage(7, 8, "default", "orders", "too large", Instant.EPOCH)));
        given(store.release(7)).willReturn(true);
        ReliableMQOutboxEndpoint endpoint = new ReliableMQOutboxEndpoint(store);

        assertThat(endpoint.state().pending()).isEqualTo(3);
        assertThat(endpoint.state().oldestPending()).isEqualTo(Duration.ofSeconds(9));
        assertThat(endpoint.state().parkedMessages()).singleElement().satisfies((parked) -> {
            assertThat(parked.row()).isEqualTo("7");
            assertThat(parked.reason()).isEqualTo("too large");
        });
        assertThat(endpoint.release("7").done()).isEqualTo("released");
        assertThatExceptionOfType(InvalidEndpointRequestException.class).isThrownBy(() -> endpoint.discard("7", null));
        assertThatExceptionOfType(InvalidEndpointRequestException.class).isThrownBy(() -> endpoint.release("x"));
    }

}
