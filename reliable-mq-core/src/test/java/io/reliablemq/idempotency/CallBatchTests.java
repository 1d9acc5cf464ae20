package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CallBatchTests {

    private final List<String> alone = new ArrayList<>();

    private IdempotencyStoreException failure;

    private final IdempotencyGuard guard = new IdempotencyGuard() {

        @Override
        public <T> GuardResult<T> execute(RecordKey key, int attempt, Callable<T> action) throws Exception {
            CallBatchTests.this.alone.add(key.identity());
            if (CallBatchTests.this.failure != null) {
                throw CallBatchTests.this.failure;
            }
            return new GuardResult.Processed<>(action.call());
        }

    };

    @Test
    void asksAStoreThatCannotAnswerOnce() {
        IdempotencyStoreException down = new IdempotencyStoreException("down", new IllegalStateException());
        this.failure = down;
        List<CallOutcome<Integer>> outcomes = new CallBatch<>(calls(() -> 7, 1, 2, 3), this.guard, false)
            .run((calls) -> new IdentityHashMap<>());
        assertThat(outcomes).hasSize(3).containsOnly(new CallOutcome.Failed<>(down));
        assertThat(this.alone).hasSize(1);
    }

    /** They may use a guard of their own, with another store. */
    @Test
    void asksAStoreThatIsThereAlthoughAnActionsOwnIsAway() {
        IdempotencyStoreException down = new IdempotencyStoreException("down", new IllegalStateException());
        List<CallOutcome<Integer>> outcomes = new CallBatch<>(calls(() -> {
            throw down;
        }, 1, 2, 3), this.guard, false).run((calls) -> new IdentityHashMap<>());
        assertThat(outcomes).hasSize(3).containsOnly(new CallOutcome.Failed<>(down));
        assertThat(this.alone).hasSize(3);
    }

    @Test
    void asksAStoreThatIsThereAfterWhatRanTogether() {
        IdempotencyStoreException down = new IdempotencyStoreException("down", new IllegalStateException());
        List<CallOutcome<Integer>> outcomes = new CallBatch<>(calls(() -> 7, 1, 2, 3), this.guard, false)
            .run((calls) -> {
                IdentityHashMap<GuardedCall<Integer>, CallOutcome<Integer>> known = new IdentityHashMap<>();
                known.put(calls.get(0), new CallOutcome.Failed<>(down));
                return known;
            });
        assertThat(outcomes.subList(1, 3)).containsOnly(new CallOutcome.Decided<>(new GuardResult.Processed<>(7)));
    }

    @Test
    void triesTheOthersWhereOneFails() {
        IllegalStateException poison = new IllegalStateException("poison");
        assertThat(new CallBatch<>(calls(() -> {
            throw poison;
        }, 1, 2, 3), this.guard, false).run((calls) -> new IdentityHashMap<>())).hasSize(3);
        assertThat(this.alone).hasSize(3);
    }

    @Test
    void runsACopyAfterItsOriginal() {
        List<Integer> together = new ArrayList<>();
        List<CallOutcome<Integer>> outcomes = new CallBatch<>(calls(() -> 7, 1, 2, 1), this.guard, false)
            .run((calls) -> {
                together.add(calls.size());
                IdentityHashMap<GuardedCall<Integer>, CallOutcome<Integer>> known = new IdentityHashMap<>();
                calls.forEach((call) -> known.put(call, new CallOutcome.Decided<>(new GuardResult.Duplicate<>())));
                return known;
            });
        assertThat(together).containsExactly(2);
        assertThat(this.alone).hasSize(1);
        assertThat(outcomes.get(2)).isEqualTo(new CallOutcome.Decided<>(new GuardResult.Processed<>(7)));
    }

    private static List<GuardedCall<Integer>> calls(Callable<Integer> action, long... ids) {
        return LongStream.of(ids)
            .mapToObj((id) -> new GuardedCall<>(RecordKey.ofMessageId("g", id), 1, action))
            .toList();
    }

}
