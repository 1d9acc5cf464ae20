package io.reliablemq.autoconfigure;

import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterMaintenance;
import io.reliablemq.deadletter.DeadLetterService;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetterStore;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.deadletter.DeliveryOrigin;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingFailure;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.RecordPlace;
import io.reliablemq.deadletter.jdbc.JdbcDeadLetterStore;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.rocketmq.deadletter.DeadLetterParking;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameter;
import org.springframework.boot.actuate.endpoint.invoke.reflect.OperationMethod;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ReliableMQDeadLetterAutoConfiguration} and
 * {@link ReliableMQDeadLetterEndpointAutoConfiguration}.
 */
class ReliableMQDeadLetterAutoConfigurationTests {

    private static final SecurityContext NOBODY = SecurityContext.NONE;

    private final ApplicationContextRunner database = Applications.withDatabase();

    private final ApplicationContextRunner exposed = this.database
        .withPropertyValues("management.endpoints.web.exposure.include=reliablemqdeadletters");

    @Test
    void keepsDeadLettersInTheDatabase() {
        this.database.run((context) -> assertThat(context).hasNotFailed()
            .hasSingleBean(JdbcDeadLetterStore.class)
            .hasSingleBean(DeadLetterService.class)
            .hasSingleBean(DeadLetters.class)
            .hasSingleBean(DeadLetterMaintenance.class)
            .doesNotHaveBean(ReliableMQDeadLettersEndpoint.class));
    }

    @Test
    void leavesThemAtTheBrokerWithoutADatabase() {
        Applications.withRocketMQ()
            .withPropertyValues("reliable-mq.id.worker-id=1")
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(DeadLetterParking.class)
                .doesNotHaveBean(DeadLetterService.class)
                .doesNotHaveBean(DeadLetters.class));
    }

    @Test
    void leavesThemAtTheBrokerWithoutSpringJdbc() {
        this.database.withPropertyValues("reliable-mq.id.worker-id=1")
            .withClassLoader(new FilteredClassLoader(JdbcOperations.class))
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(DeadLetterParking.class)
                .doesNotHaveBean(DeadLetters.class));
    }

    @Test
    void leavesThemAtTheBrokerWhenAsked() {
        this.exposed.withPropertyValues("reliable-mq.dead-letter.storage=BROKER")
            .run((context) -> assertThat(context).hasNotFailed()
                .doesNotHaveBean(DeadLetterStore.class)
                .doesNotHaveBean(ReliableMQDeadLettersEndpoint.class));
    }

    @Test
    void doesNothingWhenDisabled() {
        this.exposed.withPropertyValues("reliable-mq.enabled=false")
            .run((context) -> assertThat(context).hasNotFailed()
                .doesNotHaveBean(DeadLetterParking.class)
                .doesNotHaveBean(DeadLetters.class)
                .doesNotHaveBean(ReliableMQDeadLettersEndpoint.class));
    }

    @Test
    void usesTheUsersStore() {
        DeadLetterStore own = mock(DeadLetterStore.class);
        Applications.withRocketMQ()
            .withPropertyValues("reliable-mq.id.worker-id=1")
            .withBean(DeadLetterStore.class, () -> own)
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(DeadLetters.class)
                .getBean(DeadLetterStore.class)
                .isSameAs(own));
    }

    @Test
    void usesTheUsersService() {
        DeadLetters own = mock(DeadLetters.class);
        this.exposed.withBean(DeadLetters.class, () -> own)
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(ReliableMQDeadLettersEndpoint.class)
                .getBean(DeadLetters.class)
                .isSameAs(own));
    }

    @Test
    void hasAnEndpointWhereItIsExposed() {
        this.exposed.run((context) -> assertThat(context).hasSingleBean(ReliableMQDeadLettersEndpoint.class));
        this.exposed.withPropertyValues("management.endpoint.reliablemqdeadletters.access=NONE")
            .run((context) -> assertThat(context).doesNotHaveBean(ReliableMQDeadLettersEndpoint.class));
        this.exposed.withClassLoader(new FilteredClassLoader(Endpoint.class))
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(DeadLetters.class)
                .doesNotHaveBean("reliableMQDeadLettersEndpoint"));
        assertThat(ReliableMQDeadLettersEndpoint.class.getAnnotation(Endpoint.class).defaultAccess())
            .isEqualTo(Access.READ_ONLY);
    }

    @Test
    void showsLettersWithoutTheirContent() {
        this.exposed.run((context) -> {
            String id = park(context.getBean(DeadLetterStore.class));
            ReliableMQDeadLettersEndpoint endpoint = context.getBean(ReliableMQDeadLettersEndpoint.class);
            DeadLetterView.Page page = page(endpoint, 1);
            assertThat(page.letters()).map(DeadLetterView::id).containsExactly(id);
            assertThat(page.letters().get(0).messageId()).isEqualTo("9007199254740993");
            assertThat(page.next()).isEqualTo(id);
            assertThat(page.counts()).hasSize(1);
            assertThat(page(endpoint, 2).next()).isNull();
            assertThat(content(endpoint, id, somebody())).isNull();
            assertThat(endpoint.deadLetter("1", NOBODY)).isNull();
        });
    }

    @Test
    void showsContentToThoseWhoMaySeeIt() {
        this.exposed.withPropertyValues("reliable-mq.dead-letter.show-payload=when-authorized").run((context) -> {
            String id = park(context.getBean(DeadLetterStore.class));
            ReliableMQDeadLettersEndpoint endpoint = context.getBean(ReliableMQDeadLettersEndpoint.class);
            assertThat(content(endpoint, id, NOBODY)).isNull();
            assertThat(content(endpoint, id, somebody()))
                .isEqualTo(new DeadLetterView.Content(Map.of("h", "v"), "secret", false));
        });
        this.exposed.withPropertyValues("reliable-mq.dead-letter.show-payload=always").run((context) -> {
            String id = park(context.getBean(DeadLetterStore.class));
            assertThat(content(context.getBean(ReliableMQDeadLettersEndpoint.class), id, NOBODY)).isNotNull();
        });
    }

    @Test
    void discardsAndSaysWhatCannotBeReplayedHere() {
        this.exposed.run((context) -> {
            String id = park(context.getBean(DeadLetterStore.class));
            ReliableMQDeadLettersEndpoint endpoint = context.getBean(ReliableMQDeadLettersEndpoint.class);
            DeadLetterView.Replayed replayed = (DeadLetterView.Replayed) endpoint
                .act(ReliableMQDeadLettersEndpoint.BulkAction.REPLAY, null, null, null, null, null, null, null, NOBODY);
            assertThat(replayed.sent()).isZero();
            assertThat(replayed.failed()).containsOnlyKeys(id);
            assertThat(replayed.failed().get(id)).contains("does not consume for the group");
            assertThat(endpoint.act(ReliableMQDeadLettersEndpoint.BulkAction.DRAIN, "group", null, null, null, null,
                    null, null, NOBODY))
                .asString()
                .contains("no listener of this library");
            assertThat(endpoint.actOn(id, ReliableMQDeadLettersEndpoint.LetterAction.DISCARD, "why", somebody()))
                .isEqualTo(new DeadLetterView.Discarded(id, DeadLetterStatus.DISCARDED));
            assertThat(context.getBean(DeadLetters.class).find(DeadLetterFilter.all(), 0, 1).get(0).changedBy())
                .isEqualTo("joe");
        });
    }

    @Test
    void refusesWhatItCannotUnderstand() {
        this.exposed.run((context) -> {
            ReliableMQDeadLettersEndpoint endpoint = context.getBean(ReliableMQDeadLettersEndpoint.class);
            assertThatExceptionOfType(InvalidEndpointRequestException.class)
                .isThrownBy(() -> endpoint.deadLetter("seven", NOBODY));
            assertThatExceptionOfType(InvalidEndpointRequestException.class)
                .isThrownBy(() -> endpoint.deadLetters(null, null, null, null, "yesterday", null, null, null));
            assertThatExceptionOfType(InvalidEndpointRequestException.class).isThrownBy(() -> page(endpoint, 0));
            assertThatExceptionOfType(InvalidEndpointRequestException.class).isThrownBy(
                    () -> endpoint.actOn("1", ReliableMQDeadLettersEndpoint.LetterAction.DISCARD, null, NOBODY));
        });
    }

    /** On both lines of Spring Boot, which know different annotations. */
    @Test
    void needsOnlyActionAndId() {
        List<String> mandatory = Arrays.stream(ReliableMQDeadLettersEndpoint.class.getDeclaredMethods())
            .filter((method) -> List.of("deadLetters", "deadLetter", "act", "actOn").contains(method.getName()))
            .flatMap(ReliableMQDeadLetterAutoConfigurationTests::mandatoryParameters)
            .distinct()
            .toList();
        assertThat(mandatory).containsExactlyInAnyOrder("id", "caller", "action");
    }

    private static Stream<String> mandatoryParameters(Method method) {
        return new OperationMethod(method, OperationType.READ).getParameters()
            .stream()
            .filter(OperationParameter::isMandatory)
            .map(OperationParameter::getName);
    }

    private static DeadLetterView.Page page(ReliableMQDeadLettersEndpoint endpoint, int limit) {
        return (DeadLetterView.Page) endpoint.deadLetters(null, null, null, null, null, null, null, limit);
    }

    private static Object content(ReliableMQDeadLettersEndpoint endpoint, String id, SecurityContext caller) {
        return ((DeadLetterView.Details) endpoint.deadLetter(id, caller)).content();
    }

    private static SecurityContext somebody() {
        Principal joe = () -> "joe";
        SecurityContext caller = mock(SecurityContext.class);
        given(caller.getPrincipal()).willReturn(joe);
        return caller;
    }

    private static String park(DeadLetterStore store) {
        StoredMessage message = new StoredMessage(9007199254740993L, null, StoredMessage.DEFAULT_CLUSTER, "orders",
                null, List.of(), null, Map.of("h", "v"), "secret".getBytes(StandardCharsets.UTF_8), null);
        store.park(new Parking(RecordKey.ofMessageId("group", 9007199254740993L), message,
                new DeliveryOrigin("broker", 1, 2, Instant.EPOCH, Instant.EPOCH, 3), ParkingReason.EXHAUSTED, 1,
                new ParkingFailure("io.example.Failure", "message", "trace")), RecordPlace.WITH_LETTERS);
        return Long.toString(store.find(DeadLetterFilter.all(), 0, 1).get(0).id());
    }

}
