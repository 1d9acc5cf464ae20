package io.reliablemq.test.outbox;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.function.UnaryOperator;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.OutboxStoreException;
import io.reliablemq.test.servers.H2Database;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Savepoints of which nobody says whose they are, while the store cannot find it out. On
 * H2 and without a broker.
 */
class DoubtfulRollbackTests {

    private final RecordingTransport transport = new RecordingTransport();

    private final HikariDataSource otherDataSource = H2Database.open("");

    private final TransactionTemplate other = new TransactionTemplate(
            new DataSourceTransactionManager(this.otherDataSource));

    private RelayOnH2 outbox;

    @AfterEach
    void close() {
        this.outbox.close();
        this.otherDataSource.close();
    }

    /** A store of the application's own may lack both methods. */
    @ParameterizedTest
    @CsvSource({ "true, writeProbe, true", "true, writeProbe, false", "true, takeProbe, true", "true, takeProbe, false",
            "false, writeProbe, true", "false, writeProbe, false", "false, takeProbe, true",
            "false, takeProbe, false" })
    void commitsNothingIfItCannotTellWhatWasUndone(boolean known, String broken, boolean sendsAgain) {
        open((method) -> {
            if (method.equals(broken)) {
                throw new UnsupportedOperationException("This store does not do that");
            }
            return method;
        });

        assertThatExceptionOfType(OutboxStoreException.class).isThrownBy(
                () -> transaction(known).executeWithoutResult((outer) -> this.other.executeWithoutResult((inner) -> {
                    send("before");
                    goBack(inner, "not undone");
                    if (sendsAgain) {
                        send("after");
                    }
                })))
            .withMessageContaining("repeat it as a whole")
            .withCauseInstanceOf(UnsupportedOperationException.class);
        transaction(known).executeWithoutResult((status) -> send("next"));

        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactly("next"));
        assertThat(rows()).isOne();
    }

    /** As PostgreSQL does with a transaction in which a statement has failed. */
    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void goesBackWithATransactionThatTookNoStatementsBefore(boolean known) {
        String[] unwritable = new String[1];
        open((method) -> method.equals(unwritable[0]) ? null : method);

        transaction(known).executeWithoutResult((outer) -> this.other.executeWithoutResult((inner) -> {
            send("kept");
            unwritable[0] = "writeProbe";
            goBack(outer, "ghost");
            unwritable[0] = null;
            send("last");
        }));

        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactlyInAnyOrder("kept", "last"));
    }

    /** What is in doubt goes with a rollback that is not. */
    @Test
    void doubtsNothingThatIsUndoneForCertain() {
        String[] broken = { "writeProbe" };
        open((method) -> {
            if (method.equals(broken[0])) {
                throw new IllegalStateException("no");
            }
            return method;
        });

        transaction(true).executeWithoutResult((outer) -> {
            send("kept");
            Object savepoint = outer.createSavepoint();
            this.other.executeWithoutResult((inner) -> {
                send("ghost");
                goBack(inner, "ghost too");
            });
            outer.rollbackToSavepoint(savepoint);
            send("last");
        });

        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactlyInAnyOrder("kept", "last"));
    }

    private void goBack(TransactionStatus status, String payload) {
        Object savepoint = status.createSavepoint();
        send(payload);
        status.rollbackToSavepoint(savepoint);
    }

    private void send(String payload) {
        this.outbox.template.send("orders", payload);
    }

    private TransactionTemplate transaction(boolean known) {
        return known ? this.outbox.transaction
                : new TransactionTemplate(new DataSourceTransactionManager(this.outbox.jdbc.getDataSource()));
    }

    private int rows() {
        return this.outbox.jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox", Integer.class);
    }

    /** Calls no method for which {@code null} is said. */
    private void open(UnaryOperator<@Nullable String> calls) {
        this.outbox = new RelayOnH2(this.transport, PayloadCodec.plain(), Duration.ofSeconds(30),
                (real) -> (OutboxStore) Proxy.newProxyInstance(getClass().getClassLoader(),
                        new Class<?>[] { OutboxStore.class },
                        (proxy, method, arguments) -> (calls.apply(method.getName()) != null)
                                ? ReflectionUtils.invokeMethod(method, real, arguments) : null));
        this.outbox.relay.start();
    }

}
