package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

class MessageSavepointTests {

    private final TransactionStatus status = mock(TransactionStatus.class);

    private final List<String> events = new ArrayList<>();

    @BeforeEach
    void begin() {
        TransactionSynchronizationManager.initSynchronization();
    }

    @AfterEach
    void end() {
        TransactionSynchronizationManager.clear();
        TransactionSynchronizationManager.getResourceMap()
            .keySet()
            .stream()
            .toList()
            .forEach(TransactionSynchronizationManager::unbindResource);
    }

    @Test
    void endsEachCallbackOnceWhereGoingBackFails() {
        TransactionSynchronization before = new Callback("before");
        TransactionSynchronizationManager.registerSynchronization(before);
        MessageSavepoint savepoint = MessageSavepoint.set(this.status, Map.of());
        TransactionSynchronizationManager.registerSynchronization(new Callback("since"));
        TransactionSystemException gone = new TransactionSystemException("savepoint does not exist");
        willThrow(gone).given(this.status).rollbackToSavepoint(null);
        IllegalStateException failure = new IllegalStateException("poison");

        assertThatThrownBy(() -> savepoint.rollBack(failure)).isSameAs(gone).hasSuppressedException(failure);
        assertThat(this.events).containsExactly("since before", "since after 2");
        assertThat(TransactionSynchronizationManager.getSynchronizations()).containsExactly(before);
    }

    @Test
    void endsAllCallbacksThoughOneFails() {
        MessageSavepoint savepoint = MessageSavepoint.set(this.status, Map.of());
        TransactionSynchronizationManager.registerSynchronization(new Callback("broken"));
        TransactionSynchronizationManager.registerSynchronization(new Callback("sound"));

        savepoint.rollBack(new IllegalStateException("poison"));
        assertThat(this.events).containsExactly("broken before", "sound before", "broken after 1", "sound after 1");
        assertThat(TransactionSynchronizationManager.getSynchronizations()).isEmpty();
    }

    @Test
    void trustsWhatWasThereAndWhatFollowsSavepoints() {
        Object key = new Object();
        Callback following = new Callback("following") {

            @Override
            public void savepointRollback(Object savepoint) {
            }

        };
        TransactionSynchronizationManager.bindResource("before", key);
        TransactionSynchronizationManager.bindResource("following", following);
        Map<Object, Object> resources = Map.of("before", key);
        assertThat(MessageSavepoint.set(this.status, resources).takesAllBack()).isTrue();

        TransactionSynchronizationManager.bindResource("callback", new Callback("deaf"));
        assertThat(MessageSavepoint.set(this.status, resources).takesAllBack()).isFalse();
        TransactionSynchronizationManager.unbindResource("callback");
        TransactionSynchronizationManager.bindResource("session", "of another message");
        assertThat(MessageSavepoint.set(this.status, resources).takesAllBack()).isFalse();
    }

    private class Callback implements TransactionSynchronization {

        private final String name;

        Callback(String name) {
            this.name = name;
        }

        @Override
        public void beforeCompletion() {
            note("before");
        }

        @Override
        public void afterCompletion(int completion) {
            note("after " + completion);
        }

        private void note(String what) {
            MessageSavepointTests.this.events.add(this.name + " " + what);
            if (this.name.equals("broken")) {
                throw new IllegalStateException("broken");
            }
        }

    }

}
