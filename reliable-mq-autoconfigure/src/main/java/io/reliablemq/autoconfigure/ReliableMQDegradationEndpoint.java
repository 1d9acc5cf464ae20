package io.reliablemq.autoconfigure;

import io.reliablemq.degradation.Degradation;
import io.reliablemq.degradation.DegradationLevel;
import io.reliablemq.degradation.DegradationState;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Endpoint of this instance's degradation level and its manual override. Forcing and
 * releasing need {@code management.endpoint.reliablemqdegradation.access: unrestricted}.
 */
@Endpoint(id = "reliablemqdegradation", defaultAccess = Access.READ_ONLY)
public class ReliableMQDegradationEndpoint {

    private final Degradation degradation;

    ReliableMQDegradationEndpoint(Degradation degradation) {
        this.degradation = degradation;
    }

    /**
     * Returns the level, the state of each listener, and the last changes.
     * @return the state
     */
    @ReadOperation
    public DegradationState state() {
        return this.degradation.state();
    }

    /**
     * Overrides the level of this instance until it is released.
     * @param level off, first or second
     * @param by name of the operator
     * @return the state afterwards
     */
    @WriteOperation
    public DegradationState force(DegradationLevel level, @Nullable @org.springframework.lang.Nullable String by) {
        return this.degradation.force(level, by);
    }

    /**
     * Releases the override, so that the policy decides again.
     * @param by name of the operator
     * @return the state afterwards
     */
    @DeleteOperation
    public DegradationState release(@Nullable @org.springframework.lang.Nullable String by) {
        return this.degradation.release(by);
    }

}
