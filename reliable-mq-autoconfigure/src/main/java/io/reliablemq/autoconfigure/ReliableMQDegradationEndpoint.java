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
 * Who gives way at this instance, and a hand on the switch. Forcing and releasing need
 * {@code management.endpoint.reliablemqdegradation.access: unrestricted}.
 */
@Endpoint(id = "reliablemqdegradation", defaultAccess = Access.READ_ONLY)
public class ReliableMQDegradationEndpoint {

    private final Degradation degradation;

    ReliableMQDegradationEndpoint(Degradation degradation) {
        this.degradation = degradation;
    }

    /**
     * The level, what each listener does, and the last changes.
     * @return the state
     */
    @ReadOperation
    public DegradationState state() {
        return this.degradation.state();
    }

    /**
     * Sets the level of this instance, whatever its policy says, until it is released.
     * @param level off, first or second
     * @param by who wants it
     * @return the state afterwards
     */
    @WriteOperation
    public DegradationState force(DegradationLevel level, @Nullable @org.springframework.lang.Nullable String by) {
        return this.degradation.force(level, by);
    }

    /**
     * Lets the policy decide again.
     * @param by who wants it
     * @return the state afterwards
     */
    @DeleteOperation
    public DegradationState release(@Nullable @org.springframework.lang.Nullable String by) {
        return this.degradation.release(by);
    }

}
