package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.Locale;

import io.reliablemq.trace.BrokerIndex;
import io.reliablemq.trace.MessageTrail;
import io.reliablemq.trace.TrailRecords;
import io.reliablemq.trace.jdbc.JdbcTrailRecords;
import org.junit.jupiter.api.Test;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ReliableMQTrailAutoConfiguration}.
 */
class ReliableMQTrailAutoConfigurationTests {

    private final ApplicationContextRunner runner = Applications.withDatabase();

    private final ApplicationContextRunner exposed = this.runner
        .withPropertyValues("management.endpoints.web.exposure.include=reliablemqtrail");

    @Test
    void followsMessagesInTheDatabase() {
        this.exposed.run((context) -> {
            assertThat(context).hasNotFailed()
                .hasSingleBean(MessageTrail.class)
                .hasSingleBean(JdbcTrailRecords.class)
                .hasSingleBean(ReliableMQTrailEndpoint.class);
            assertThat(context.getBean(ReliableMQTrailEndpoint.class).trail("42").conclusion())
                .startsWith("Nothing is known of it");
        });
    }

    @Test
    void hasNoEndpointThatIsNotExposed() {
        this.runner.withPropertyValues("management.endpoints.web.exposure.exclude=*")
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(MessageTrail.class)
                .doesNotHaveBean(ReliableMQTrailEndpoint.class));
    }

    @Test
    void hasNoEndpointThatIsForbidden() {
        this.exposed.withPropertyValues("management.endpoint.reliablemqtrail.access=none")
            .run((context) -> assertThat(context).doesNotHaveBean(ReliableMQTrailEndpoint.class));
    }

    @Test
    void startsWithoutActuator() {
        this.exposed.withClassLoader(new FilteredClassLoader(Endpoint.class))
            .run((context) -> assertThat(context).hasNotFailed().hasSingleBean(MessageTrail.class));
    }

    @Test
    void asksTheBrokersOnlyWhereThereIsNoDatabase() {
        Applications.withRocketMQ()
            .withPropertyValues("reliable-mq.id.worker-id=1")
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(MessageTrail.class)
                .doesNotHaveBean(TrailRecords.class));
    }

    @Test
    void definesNothingWhenDisabled() {
        this.exposed.withPropertyValues("reliable-mq.enabled=false")
            .run((context) -> assertThat(context.getBeanDefinitionNames())
                .noneMatch((name) -> name.toLowerCase(Locale.ROOT).contains("trail")));
    }

    @Test
    void usesTheUsersTrail() {
        MessageTrail own = new MessageTrail(TrailRecords.none(), mock(BrokerIndex.class), Clock.systemUTC());
        this.exposed.withBean(MessageTrail.class, () -> own)
            .run((context) -> assertThat(context).hasNotFailed().getBean(MessageTrail.class).isSameAs(own));
    }

}
