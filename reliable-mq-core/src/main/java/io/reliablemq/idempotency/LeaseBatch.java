package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls with different keys whose claims were made together: run, and completed together.
 * What fails is released, and the others go on.
 *
 * @param <T> type of the actions' values
 */
final class LeaseBatch<T> {

    private static final Logger logger = LoggerFactory.getLogger(LeaseBatch.class);

    private final List<GuardedCall<T>> calls = new ArrayList<>();

    private final IdentityHashMap<GuardedCall<T>, OpenClaim> open = new IdentityHashMap<>();

    private final IdentityHashMap<GuardedCall<T>, CallOutcome<T>> outcomes = new IdentityHashMap<>();

    /** The claim is held for the call. */
    void add(GuardedCall<T> call, OpenClaim claim) {
        this.calls.add(call);
        this.open.put(call, claim);
    }

    /** The call is not to run. */
    void add(GuardedCall<T> call, CallOutcome<T> outcome) {
        this.calls.add(call);
        this.outcomes.put(call, outcome);
    }

    void runTogether(BatchAction<T> action) {
        List<GuardedCall<T>> claimed = this.calls.stream().filter(this.open::containsKey).toList();
        if (claimed.isEmpty()) {
            return;
        }
        try {
            List<CallOutcome<T>> answers = action.run(claimed);
            for (int i = 0; i < claimed.size(); i++) {
                this.outcomes.put(claimed.get(i), answers.get(i));
            }
        }
        catch (Throwable failure) {
            logger.debug("A batch of {} failed, its messages go one by one", claimed.size(), failure);
            runEach(false);
        }
    }

    /** Those that were not run have no outcome. */
    void runEach(boolean inOrder) {
        for (GuardedCall<T> call : this.calls) {
            OpenClaim claim = this.open.get(call);
            CallOutcome<T> outcome = (claim != null) ? run(call, claim) : this.outcomes.get(call);
            if (outcome != null) {
                this.outcomes.put(call, outcome);
                if (inOrder && !outcome.isDone()) {
                    return;
                }
            }
        }
    }

    private static <T> CallOutcome<T> run(GuardedCall<T> call, OpenClaim claim) {
        try {
            return new CallOutcome.Decided<>(new GuardResult.Processed<>(claim.call(call.attempt(), call.action())));
        }
        catch (Throwable failure) {
            return new CallOutcome.Failed<>(failure);
        }
    }

    /**
     * Ends every claim, those first whose effects have happened. Once the store does not
     * answer, the rest runs out: asking it for each would take as many timeouts.
     */
    IdentityHashMap<GuardedCall<T>, CallOutcome<T>> end(LeaseKeeper keeper, Duration retention) {
        List<GuardedCall<T>> claimed = this.calls.stream().filter(this.open::containsKey).toList();
        OpenClaim.completeAll(claimed.stream().filter(this::isDone).map(this::claim).toList(), keeper, retention);
        boolean answers = true;
        for (GuardedCall<T> call : claimed.stream().filter((call) -> !isDone(call)).toList()) {
            if (answers) {
                answers = claim(call).release((this.outcomes.get(call) instanceof CallOutcome.Failed<T> failed)
                        ? failed.failure() : new IllegalStateException("not run"));
            }
            else {
                claim(call).abandon();
            }
        }
        return this.outcomes;
    }

    private boolean isDone(GuardedCall<T> call) {
        CallOutcome<T> outcome = this.outcomes.get(call);
        return outcome != null && !(outcome instanceof CallOutcome.Failed);
    }

    private OpenClaim claim(GuardedCall<T> call) {
        return Objects.requireNonNull(this.open.get(call));
    }

}
