package io.reliablemq.producer;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.message.ReliableMessage;
import org.jspecify.annotations.Nullable;

/**
 * Answers attempts as told; without being told, they succeed.
 */
class FakeTransport implements MessageTransport {

    static final SendTarget QUEUE = new SendTarget("broker-a", 3);

    final List<Attempt> attempts = Collections.synchronizedList(new ArrayList<>());

    final List<PreparedMessage> prepared = Collections.synchronizedList(new ArrayList<>());

    /** Most messages of a batch. */
    int most = 1;

    /** Whether it makes attempts that no thread waits for. */
    boolean asynchronous;

    /** Attempts that are not answered yet, because they were told to answer nothing. */
    final List<CompletableFuture<AttemptResult>> open = Collections.synchronizedList(new ArrayList<>());

    private final Queue<Answer> answers = new ArrayDeque<>();

    FakeTransport answer(Answer answer) {
        synchronized (this.answers) {
            this.answers.add(answer);
        }
        return this;
    }

    FakeTransport stored(StorageStatus status) {
        return answer((attempt) -> new AttemptResult.Stored(QUEUE, status));
    }

    FakeTransport failed(FailureKind kind, boolean uncertain, Exception cause) {
        return answer((attempt) -> new AttemptResult.Failed(QUEUE, kind, uncertain, cause, "Do this."));
    }

    @Override
    public PreparedMessage prepare(ReliableMessage<?> message, long id, @Nullable Instant deliverAt) {
        PreparedMessage result = new PreparedMessage(id, "UNIQ" + id, message.topic(), message.tag(), message.keys(),
                message.payload().toString().getBytes(), Map.copyOf(message.headers()), message.orderingKey(),
                deliverAt);
        this.prepared.add(result);
        return result;
    }

    @Override
    public @Nullable CompletableFuture<AttemptResult> sendAsync(PreparedMessage message, Duration timeout) {
        if (!this.asynchronous) {
            return null;
        }
        CompletableFuture<AttemptResult> result = new CompletableFuture<>();
        try {
            AttemptResult answer = send(message, null, timeout);
            if (answer != null) {
                result.complete(answer);
            }
            else {
                this.open.add(result);
            }
        }
        catch (InterruptedException ex) {
            result.completeExceptionally(ex);
        }
        return result;
    }

    @Override
    public int batchSize(List<PreparedMessage> messages) {
        return Math.min(this.most, messages.size());
    }

    @Override
    public AttemptResult sendBatch(List<PreparedMessage> messages, @Nullable SendTarget failed, Duration timeout)
            throws InterruptedException {
        return attempt(new Attempt(messages, failed, timeout));
    }

    @Override
    public AttemptResult send(PreparedMessage message, @Nullable SendTarget failed, Duration timeout)
            throws InterruptedException {
        return attempt(new Attempt(List.of(message), failed, timeout));
    }

    private AttemptResult attempt(Attempt attempt) throws InterruptedException {
        this.attempts.add(attempt);
        Answer answer;
        synchronized (this.answers) {
            answer = this.answers.poll();
        }
        return (answer != null) ? answer.to(attempt) : new AttemptResult.Stored(QUEUE, StorageStatus.REPLICATED);
    }

    record Attempt(List<PreparedMessage> messages, @Nullable SendTarget failed, Duration timeout) {

        PreparedMessage message() {
            return this.messages.get(0);
        }

        List<Long> ids() {
            return this.messages.stream().map(PreparedMessage::id).toList();
        }

    }

    interface Answer {

        AttemptResult to(Attempt attempt) throws InterruptedException;

    }

}
