package io.reliablemq.idempotency;

import java.io.IOException;
import java.time.Duration;

import io.reliablemq.idempotency.InMemoryIdempotencyStore.Operation;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TransactionalGuardTests {

    private static final RecordKey KEY = RecordKey.ofBusinessKey("g", "order-1", 7L);

    private final MutableClock clock = new MutableClock();

    private final InMemoryIdempotencyStore store = new InMemoryIdempotencyStore(this.clock);

    private final RecordingTransactionManager transactions = new RecordingTransactionManager();

    private final TransactionalGuard guard = new TransactionalGuard(this.store, this.transactions,
            new DefaultTransactionDefinition(), Duration.ofDays(7), this.clock);

    @Test
    void commitsRecordAndActionTogether() throws Exception {
        assertThat(this.guard.execute(KEY, 1, () -> {
            this.transactions.events.add("action");
            return 5;
        })).isEqualTo(new GuardResult.Processed<>(5));

        assertThat(this.transactions.events).containsExactly("begin", "action", "commit");
    }

    @Test
    void rollsBackOnACheckedException() {
        IOException failure = new IOException("checked");

        assertThatThrownBy(() -> this.guard.execute(KEY, 1, () -> {
            throw failure;
        })).isSameAs(failure);
        assertThat(this.transactions.events).containsExactly("begin", "rollback");
    }

    @Test
    void rollsBackOnAnError() {
        AssertionError failure = new AssertionError();

        assertThatThrownBy(() -> this.guard.execute(KEY, 1, () -> {
            throw failure;
        })).isSameAs(failure);
        assertThat(this.transactions.events).containsExactly("begin", "rollback");
    }

    @Test
    void rethrowsTheActionsFailureWhenTheRollbackFailsToo() {
        IOException failure = new IOException("checked");
        this.transactions.failAtRollback = new TransactionSystemException("connection lost");

        assertThatThrownBy(() -> this.guard.execute(KEY, 1, () -> {
            throw failure;
        })).isSameAs(failure).hasSuppressedException(this.transactions.failAtRollback);
    }

    @Test
    void takesARollbackOnlyMarkWithoutAnExceptionForAFailure() {
        assertThatExceptionOfType(UnexpectedRollbackException.class)
            .isThrownBy(() -> this.guard.execute(KEY, 1, this::markRollbackOnlyAndReturn))
            .withMessageContaining("although the listener returned normally");

        assertThat(this.transactions.events).containsExactly("begin", "rollback-only", "rollback");
    }

    @Test
    void endsTheTransactionOfADuplicateAndRecordsTheAliasAfterIt() throws Exception {
        this.store.markDone(KEY);

        assertThat(this.guard.execute(KEY, 1, TransactionalGuardTests::mustNotRun))
            .isEqualTo(new GuardResult.Duplicate<>());
        assertThat(this.transactions.events).containsExactly("begin", "rollback");
        assertThat(this.store.aliases())
            .containsExactly(java.util.Map.entry(RecordKey.ofMessageId("g", 7).identity(), "k:order-1"));
    }

    @Test
    void endsTheTransactionOfAMessageInProgress() throws Exception {
        this.store.takeOver(KEY, Duration.ofSeconds(5));

        assertThat(this.guard.execute(KEY, 1, TransactionalGuardTests::mustNotRun))
            .isEqualTo(new GuardResult.InProgress<>(this.clock.instant()));
        assertThat(this.transactions.events).containsExactly("begin", "rollback");
        assertThat(this.store.aliases()).isEmpty();
    }

    @Test
    void blamesTheStoreNotTheListenerWhenTheTransactionOfASkippedMessageCannotEnd() {
        this.store.markDone(KEY);
        this.transactions.failAtRollback = new TransactionSystemException("connection lost");

        assertThatExceptionOfType(IdempotencyStoreException.class)
            .isThrownBy(() -> this.guard.execute(KEY, 1, TransactionalGuardTests::mustNotRun));
    }

    @Test
    void rollsBackWhenTheStoreCannotAnswer() {
        this.store.fail(Operation.CLAIM);

        assertThatExceptionOfType(IdempotencyStoreException.class)
            .isThrownBy(() -> this.guard.execute(KEY, 1, TransactionalGuardTests::mustNotRun));
        assertThat(this.transactions.events).containsExactly("begin", "rollback");
    }

    @Test
    void blamesTheStoreWhenTheTransactionCannotBegin() {
        this.transactions.failAtBegin = new CannotCreateTransactionException("no connection");

        assertThatExceptionOfType(IdempotencyStoreException.class)
            .isThrownBy(() -> this.guard.execute(KEY, 1, TransactionalGuardTests::mustNotRun))
            .withCause(this.transactions.failAtBegin)
            .withMessageContaining("connection pool");
    }

    @Test
    void rethrowsAFailedCommit() {
        this.transactions.failAtCommit = new TransactionSystemException("answer lost");

        assertThatThrownBy(() -> this.guard.execute(KEY, 1, () -> 1)).isSameAs(this.transactions.failAtCommit);
    }

    @Test
    void joinsATransactionThatIsActiveAlready() {
        new TransactionTemplate(this.transactions).executeWithoutResult((outer) -> {
            assertThat(execute()).isInstanceOf(GuardResult.Processed.class);
            this.transactions.events.add("still open");
        });

        assertThat(this.transactions.events).containsExactly("begin", "still open", "commit");
    }

    @Test
    void leavesTheOuterTransactionUsableAfterADuplicate() {
        this.store.markDone(KEY);

        new TransactionTemplate(this.transactions)
            .executeWithoutResult((outer) -> assertThat(execute()).isInstanceOf(GuardResult.Duplicate.class));

        assertThat(this.transactions.events).containsExactly("begin", "commit");
    }

    @Test
    void forbidsTheOuterTransactionToCommitAfterALockTimeout() {
        this.store.takeOver(KEY, Duration.ofSeconds(5));

        assertThatExceptionOfType(UnexpectedRollbackException.class)
            .isThrownBy(() -> new TransactionTemplate(this.transactions)
                .executeWithoutResult((outer) -> assertThat(execute()).isInstanceOf(GuardResult.InProgress.class)));

        assertThat(this.transactions.events).containsExactly("begin", "rollback-only", "rollback");
    }

    @Test
    void showsTheContextInsideAndNotAfterwards() throws Exception {
        this.guard.execute(KEY, 2,
                () -> assertThat(IdempotencyContext.current())
                    .extracting(IdempotencyContext::identity, IdempotencyContext::attempt)
                    .containsExactly("k:order-1", 2));

        assertThatIllegalStateException().isThrownBy(IdempotencyContext::current);
    }

    private GuardResult<Integer> execute() {
        try {
            return this.guard.execute(KEY, 1, () -> 1);
        }
        catch (Exception ex) {
            throw new IllegalStateException(ex);
        }
    }

    /** As an inner @Transactional method does whose exception the listener swallows. */
    private Object markRollbackOnlyAndReturn() {
        TransactionTemplate inner = new TransactionTemplate(this.transactions);
        try {
            inner.executeWithoutResult((status) -> {
                throw new IllegalStateException("swallowed by the listener");
            });
        }
        catch (IllegalStateException ex) {
            return 1;
        }
        throw new AssertionError();
    }

    private static Object mustNotRun() {
        throw new AssertionError("The action must not run");
    }

}
