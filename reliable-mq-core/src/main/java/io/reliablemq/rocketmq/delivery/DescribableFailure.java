package io.reliablemq.rocketmq.delivery;

import java.io.PrintWriter;
import java.io.Writer;

import io.reliablemq.ReliableMQException;

/**
 * An exception of the application that logs and observations can be given: it is written
 * by anybody, and one whose own text throws must not change what becomes of its message.
 */
final class DescribableFailure {

    private DescribableFailure() {
    }

    /** The exception itself, or another one that names its class. */
    static Throwable of(Throwable failure) {
        try {
            failure.printStackTrace(new PrintWriter(Writer.nullWriter()));
            return failure;
        }
        catch (RuntimeException | Error ex) {
            return new ReliableMQException(
                    failure.getClass().getName() + ", which cannot be described: " + ex.getClass().getName());
        }
    }

}
