package io.reliablemq.producer;

import java.util.List;

/**
 * A buffer that keeps nothing: every message is sent at once or fails.
 */
enum NoBuffer implements SendBuffer {

    INSTANCE;

    @Override
    public List<PreparedMessage> keep(MessageTransport transport, List<PreparedMessage> messages,
            AfterCommitSender afterCommit) {
        return List.of();
    }

    @Override
    public boolean keepFailed(MessageTransport transport, List<PreparedMessage> messages, int tried,
            SendFailedException failure) {
        return false;
    }

    @Override
    public void acknowledged(MessageTransport transport, PreparedMessage message, AttemptResult.Stored stored) {
        // nothing is kept
    }

}
