package io.reliablemq.autoconfigure;

import io.reliablemq.trace.MessageTrail;
import io.reliablemq.trace.TrailReport;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * Endpoint of a message's trail, without its payload.
 */
@Endpoint(id = "reliablemqtrail", defaultAccess = Access.READ_ONLY)
public class ReliableMQTrailEndpoint {

    private final MessageTrail trail;

    /**
     * Creates the endpoint.
     * @param trail traces messages
     */
    public ReliableMQTrailEndpoint(MessageTrail trail) {
        this.trail = trail;
    }

    /**
     * Traces one message.
     * @param id its {@code RELIABLE_ID}, RocketMQ's message id, or one of its keys
     * @return its trail
     */
    @ReadOperation
    public TrailReport trail(@Selector String id) {
        return this.trail.find(id);
    }

}
