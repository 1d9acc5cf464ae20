package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;

import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.LoggingContext;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.Marks;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of several messages through one guard call: claimed, and in TRANSACTIONAL mode
 * committed, together. A message that was delivered before goes alone, since it may be
 * the one that fails.
 */
public final class BatchDelivery implements Deliveries {

    private static final Logger logger = LoggerFactory.getLogger(BatchDelivery.class);

    private static final DeliveryResult PROCESSED = DeliveryResult.acknowledge(DeliveryResult.Outcome.PROCESSED);

    private final SingleDelivery steps;

    private final IdempotencyGuard guard;

    private final @Nullable BatchCalls batchCalls;

    private final Duration longest;

    /**
     * Creates a delivery.
     * @param batchCalls calls a listener that takes them all at one go; {@code null} if
     * it takes one message at a time
     * @param longest how long a batch may take before that is worth a warning
     */
    public BatchDelivery(SingleDelivery steps, IdempotencyGuard guard, @Nullable BatchCalls batchCalls,
            Duration longest) {
        this.steps = steps;
        this.guard = guard;
        this.batchCalls = batchCalls;
        this.longest = longest;
    }

    @Override
    public List<DeliveryResult> deliver(List<MessageExt> messages) {
        @Nullable DeliveryResult[] verdicts = new @Nullable DeliveryResult[messages.size()];
        List<Member> group = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            MessageExt message = messages.get(i);
            if (messages.size() > 1 && isFirstDelivery(message)) {
                prepare(i, message, group, verdicts);
            }
        }
        deliverGroup(group, verdicts, false);
        List<DeliveryResult> all = new ArrayList<>();
        for (int i = 0; i < verdicts.length; i++) {
            DeliveryResult verdict = verdicts[i];
            all.add((verdict != null) ? verdict : this.steps.deliver(messages.get(i)));
        }
        return all;
    }

    /**
     * For an ordered listener: none is processed after one that is to come again.
     * @return verdicts up to there; fewer, maybe none, where the next must go alone
     */
    List<DeliveryResult> deliverInOrder(List<MessageExt> messages) {
        @Nullable DeliveryResult[] verdicts = new @Nullable DeliveryResult[messages.size()];
        List<Member> group = new ArrayList<>();
        for (int i = 0; i < messages.size() && group.size() == i && isFirstDelivery(messages.get(i)); i++) {
            prepare(i, messages.get(i), group, verdicts);
        }
        deliverGroup(group, verdicts, true);
        List<DeliveryResult> first = new ArrayList<>();
        for (DeliveryResult verdict : verdicts) {
            if (verdict == null) {
                break;
            }
            first.add(verdict);
            if (verdict.again() != null) {
                break;
            }
        }
        return first;
    }

    private static boolean isFirstDelivery(MessageExt message) {
        return message.getReconsumeTimes() == 0 && Marks.read(message, ReliableHeaders.LETTER_ID) == null;
    }

    /** What does not get as far as the guard, goes its way alone. */
    private void prepare(int index, MessageExt message, List<Member> group, @Nullable DeliveryResult[] verdicts) {
        if (this.steps.isForAnother(message)) {
            return;
        }
        try {
            Object payload = this.steps.payloads().read(message);
            RecordKey key = this.steps.keys().read(message, payload);
            DeliveryResult instead = this.steps.admit(message, key);
            this.steps.checkMarks(message);
            if (instead != null) {
                verdicts[index] = instead;
                this.steps.end(List.of(instead), this.steps.begin(1));
                return;
            }
            group.add(new Member(index, message, payload, key));
        }
        catch (RuntimeException ex) {
            logger.debug("Message {} goes alone", message.getMsgId(), ex);
        }
    }

    private void deliverGroup(List<Member> group, @Nullable DeliveryResult[] verdicts, boolean inOrder) {
        if (group.isEmpty()) {
            return;
        }
        long start = this.steps.begin(group.size());
        try {
            List<CallOutcome<Boolean>> outcomes = execute(group, inOrder);
            for (int i = 0; i < outcomes.size(); i++) {
                Member member = group.get(i);
                verdicts[member.index()] = verdict(member, outcomes.get(i));
            }
        }
        finally {
            this.steps.end(group.stream().map((member) -> verdicts[member.index()]).toList(), start);
        }
        if (!inOrder) {
            warnIfSlow(group, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    /** Not in order: RocketMQ delivers nothing again there that is being processed. */
    private void warnIfSlow(List<Member> group, Duration taken) {
        if (taken.compareTo(this.longest) > 0) {
            RecordKey key = group.get(0).key();
            logger.warn(
                    "A batch of {} messages of {} took {}, half of the consume timeout or more, after which RocketMQ"
                            + " delivers its first message again although it is still being processed. Lower"
                            + " reliable-mq.listeners.\"[{}]\".batch, or raise consumeTimeout.",
                    group.size(), key.group(), taken, key.group());
        }
    }

    private List<CallOutcome<Boolean>> execute(List<Member> group, boolean inOrder) {
        List<GuardedCall<Boolean>> calls = new ArrayList<>(group.size());
        for (Member member : group) {
            calls.add(call(member));
        }
        if (inOrder) {
            return this.guard.executeInOrder(calls);
        }
        BatchCalls together = this.batchCalls;
        if (together == null) {
            return this.guard.executeAll(calls);
        }
        // By the call: without a guard two messages may have one identity.
        IdentityHashMap<GuardedCall<Boolean>, Object> payloads = new IdentityHashMap<>();
        for (int i = 0; i < calls.size(); i++) {
            payloads.put(calls.get(i), group.get(i).payload());
        }
        return this.guard.executeAll(calls, (some) -> together
            .call(some.stream().map((call) -> ListenersCopy.of(Objects.requireNonNull(payloads.get(call)))).toList()));
    }

    private GuardedCall<Boolean> call(Member member) {
        Callable<Boolean> action = () -> {
            LoggingContext context = SingleDelivery.logging(member.message());
            try {
                return this.steps.observations().call(member.message(), () -> {
                    this.steps.process(member.payload());
                    return true;
                });
            }
            finally {
                context.close();
            }
        };
        return new GuardedCall<>(member.key(), 1, action);
    }

    private DeliveryResult verdict(Member member, CallOutcome<Boolean> outcome) {
        if (outcome instanceof CallOutcome.Decided<Boolean> decided
                && decided.result() instanceof GuardResult.Processed) {
            // Of a first delivery there is nothing to forget, and nothing to log.
            return PROCESSED;
        }
        LoggingContext context = SingleDelivery.logging(member.message());
        try {
            if (outcome instanceof CallOutcome.Failed<Boolean> failed) {
                return this.steps.failed(member.message(), member.key(), failed.failure());
            }
            GuardResult<Boolean> result = ((CallOutcome.Decided<Boolean>) outcome).result();
            if (result instanceof GuardResult.InProgress<Boolean> other) {
                return this.steps.postponed(member.key(), other.until());
            }
            return this.steps.succeeded(member.message(), member.key(), false);
        }
        catch (RuntimeException | Error ex) {
            return this.steps.failed(member.message(), member.key(), ex);
        }
        finally {
            context.close();
        }
    }

    private record Member(int index, MessageExt message, Object payload, RecordKey key) {
    }

}
