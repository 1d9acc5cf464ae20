package io.reliablemq.rocketmq.transport;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.SendTarget;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.remoting.exception.RemotingConnectException;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.exception.RemotingTimeoutException;
import org.apache.rocketmq.remoting.exception.RemotingTooMuchRequestException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.jspecify.annotations.Nullable;

/**
 * Tells from the client's exceptions whether trying again can help and whether the
 * message may be stored. In doubt it may be.
 */
final class SendErrors {

    private SendErrors() {
    }

    /** A failure before any queue was chosen: nothing was sent. */
    static AttemptResult.Failed beforeSending(Exception ex, String topic) {
        return new AttemptResult.Failed(null, FailureKind.TRANSIENT, false, ex, routeAdvice(ex, topic));
    }

    /** The client does not let such a message be made: nothing was sent. */
    static AttemptResult.Failed notCreated(RuntimeException ex) {
        return new AttemptResult.Failed(null, FailureKind.ILLEGAL, false, ex,
                "The client refuses the message as it is: compare its headers, keys and tag with what the cause says.");
    }

    private static String routeAdvice(Exception ex, String topic) {
        if (ex instanceof MQClientException) {
            return "No broker is known for topic '" + topic + "'. Create the topic (automatic creation is off), or "
                    + "check rocketmq.name-server and the namespace.";
        }
        return "The name server could not be asked for topic '" + topic + "'. Check rocketmq.name-server and that it "
                + "can be reached.";
    }

    /** A failure of an attempt with several messages, which may go one by one. */
    static AttemptResult.Failed ofBatch(Exception ex, SendTarget target, String topic) {
        return isBatchRefused(ex) ? new AttemptResult.Failed(target, FailureKind.ILLEGAL, false, ex,
                "The messages cannot be sent in one batch: see the cause.") : of(ex, target, topic);
    }

    private static boolean isBatchRefused(Exception ex) {
        if (ex instanceof MQBrokerException refused) {
            return refused.getResponseCode() == ResponseCode.REQUEST_CODE_NOT_SUPPORTED || isTooLarge(refused);
        }
        // The client wraps what it finds while it puts the batch together.
        Throwable cause = (ex instanceof MQClientException) ? ex.getCause() : null;
        return cause instanceof UnsupportedOperationException || cause instanceof IllegalArgumentException
                || isIllegal(cause);
    }

    /** A broker's limit below the client's: checked before anything is stored. */
    private static boolean isTooLarge(MQBrokerException ex) {
        String remark = ex.getErrorMessage();
        return remark != null && remark.contains("size exceeded");
    }

    private static boolean isIllegal(@Nullable Throwable ex) {
        return ex instanceof MQClientException client && client.getResponseCode() == ResponseCode.MESSAGE_ILLEGAL;
    }

    /** A failure that an asynchronous attempt has brought, wrapped or not. */
    static AttemptResult.Failed ofAsync(Throwable ex, SendTarget target, String topic) {
        if (ex instanceof MQClientException && ex.getCause() instanceof RemotingException cause) {
            return of(cause, target, topic);
        }
        return of((ex instanceof Exception exception) ? exception : new IllegalStateException(ex), target, topic);
    }

    /** A failure of the attempt itself. */
    static AttemptResult.Failed of(Exception ex, SendTarget target, String topic) {
        if (ex instanceof MQBrokerException refused) {
            return refused(refused, target, topic);
        }
        if (ex instanceof MQClientException client) {
            return client(client, target, topic);
        }
        if (ex instanceof RemotingConnectException) {
            return failed(ex, target, false, "The broker cannot be reached: check that it runs and that its address, "
                    + "as it registers it, can be reached from here.");
        }
        if (ex instanceof RemotingTooMuchRequestException) {
            return failed(ex, target, false,
                    "There was no time left to write the request: this client, or the " + "connection, is overloaded.");
        }
        if (ex instanceof RemotingTimeoutException) {
            return failed(ex, target, true, "The broker did not answer in time: check its load, its disk and the "
                    + "network, or raise reliable-mq.producer.attempt-timeout.");
        }
        if (ex instanceof RemotingException) {
            return failed(ex, target, true,
                    "The connection broke after the request was written: check the broker and " + "the network.");
        }
        return failed(ex, target, true, "The client failed unexpectedly: see the cause.");
    }

    private static AttemptResult.Failed refused(MQBrokerException ex, SendTarget target, String topic) {
        if (isRefusedForItsDelay(ex)) {
            return new AttemptResult.Failed(target, FailureKind.NOT_YET, false, ex,
                    "The broker does not take this"
                            + " delay now; by its clock less is left later. Compare the clocks, timerMaxDelaySec and"
                            + " timerWheelEnable of the broker.");
        }
        return switch (ex.getResponseCode()) {
            case ResponseCode.MESSAGE_ILLEGAL ->
                new AttemptResult.Failed(target, FailureKind.ILLEGAL, false, ex, "The broker refuses the message as "
                        + "it is: compare its size, its properties and its delay with the broker's limits.");
            case ResponseCode.TOPIC_NOT_EXIST ->
                failed(ex, target, false, "Create topic '" + topic + "' on this broker (automatic creation is off).");
            case ResponseCode.NO_PERMISSION ->
                failed(ex, target, false, "Topic '" + topic + "' may not be written: check its permission, the "
                        + "broker's, and the access rights of this application.");
            case ResponseCode.SYSTEM_BUSY ->
                failed(ex, target, false, "The broker is overloaded: check its load and its disk.");
            case ResponseCode.SERVICE_NOT_AVAILABLE -> failed(ex, target, false,
                    "The broker takes no messages: check its disk space and whether it is shutting down.");
            case ResponseCode.SYSTEM_ERROR ->
                failed(ex, target, !refusedForReplicas(ex), "The broker failed: check its log and its replicas.");
            default -> failed(ex, target, false, "The broker refused the message: see the cause.");
        };
    }

    /**
     * The broker measures a delay by its own clock, before it stores anything; its code
     * for that is the same as for what can never be sent.
     */
    private static boolean isRefusedForItsDelay(MQBrokerException ex) {
        String remark = ex.getErrorMessage();
        return remark != null && (remark.contains("timer message illegal")
                || remark.contains("accurate timer message is not enabled"));
    }

    /** Checked by the broker before it stores anything. */
    private static boolean refusedForReplicas(MQBrokerException ex) {
        String remark = ex.getErrorMessage();
        return remark != null && remark.contains("in-sync replicas not enough");
    }

    /** The client throws these before it writes anything. */
    private static AttemptResult.Failed client(MQClientException ex, @Nullable SendTarget target, String topic) {
        if (ex.getResponseCode() == ResponseCode.MESSAGE_ILLEGAL) {
            return new AttemptResult.Failed(target, FailureKind.ILLEGAL, false, ex,
                    "The client refuses the message as it is: see the cause.");
        }
        return new AttemptResult.Failed(target, FailureKind.TRANSIENT, false, ex, "The client knows no address of "
                + "this broker for topic '" + topic + "': check that the broker runs and is registered.");
    }

    private static AttemptResult.Failed failed(Exception ex, SendTarget target, boolean uncertain, String advice) {
        return new AttemptResult.Failed(target, FailureKind.TRANSIENT, uncertain, ex, advice);
    }

    /**
     * The client loses the interrupt flag and hides the interrupt in its own exceptions.
     */
    static boolean isInterrupt(Throwable ex) {
        for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException) {
                return true;
            }
        }
        return false;
    }

}
