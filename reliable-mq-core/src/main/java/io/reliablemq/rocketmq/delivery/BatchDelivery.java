package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.LoggingContext;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The delivery of several messages with one guard call: claimed, and in TRANSACTIONAL
 * mode committed, together. A message that was delivered before is delivered by itself,
 * since it may be the one that fails.
 *
 * @param alone delivers one message by itself
 * @param longest how long a batch may take before that is worth a warning
 */
record BatchDelivery(DeliverySteps steps, IdempotencyGuard guard, Processing<Boolean> listener,
        Function<MessageExt, DeliveryResult> alone, Duration longest) implements Deliveries {

    private static final Logger logger = LoggerFactory.getLogger(BatchDelivery.class);

    private static final DeliveryResult PROCESSED = DeliveryResult.acknowledge(Outcome.PROCESSED);

    @Override
    public List<DeliveryResult> deliver(List<MessageExt> messages) {
        @Nullable DeliveryResult[] results = new @Nullable DeliveryResult[messages.size()];
        List<Member> group = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            MessageExt message = messages.get(i);
            if (messages.size() > 1 && isFirstDelivery(message)) {
                prepare(i, message, group, results);
            }
        }
        deliverGroup(group, results, false);
        List<DeliveryResult> all = new ArrayList<>();
        for (int i = 0; i < results.length; i++) {
            DeliveryResult result = results[i];
            all.add((result != null) ? result : this.alone.apply(messages.get(i)));
        }
        return all;
    }

    /**
     * For an ordered listener: none is processed after one that is to come again.
     * @return results up to there; fewer, maybe none, where the next must go alone
     */
    List<DeliveryResult> deliverInOrder(List<MessageExt> messages) {
        @Nullable DeliveryResult[] results = new @Nullable DeliveryResult[messages.size()];
        List<Member> group = new ArrayList<>();
        for (int i = 0; i < messages.size() && group.size() == i && isFirstDelivery(messages.get(i)); i++) {
            prepare(i, messages.get(i), group, results);
        }
        deliverGroup(group, results, true);
        List<DeliveryResult> first = new ArrayList<>();
        for (DeliveryResult result : results) {
            if (result == null) {
                break;
            }
            first.add(result);
            if (result.again() != null) {
                break;
            }
        }
        return first;
    }

    private static boolean isFirstDelivery(MessageExt message) {
        return message.getReconsumeTimes() == 0 && Marks.read(message, ReliableHeaders.LETTER_ID) == null;
    }

    /** What cannot be prepared, or is for another group, is delivered by itself. */
    private void prepare(int index, MessageExt message, List<Member> group, @Nullable DeliveryResult[] results) {
        Delivery delivery = new Delivery(message);
        try {
            DeliveryResult instead = this.steps.prepare(delivery);
            if (instead == null) {
                group.add(new Member(index, delivery));
            }
            else if (instead.outcome() != Outcome.OTHER_GROUP) {
                results[index] = instead;
                this.steps.end(List.of(instead), this.steps.begin(List.of(message)));
            }
        }
        catch (RuntimeException ex) {
            logger.debug("Message {} goes alone", message.getMsgId(), ex);
        }
    }

    private void deliverGroup(List<Member> group, @Nullable DeliveryResult[] results, boolean inOrder) {
        if (group.isEmpty()) {
            return;
        }
        long start = this.steps.begin(group.stream().map((member) -> member.delivery().message()).toList());
        try {
            List<CallOutcome<Boolean>> outcomes = execute(group, inOrder);
            for (int i = 0; i < outcomes.size(); i++) {
                Member member = group.get(i);
                results[member.index()] = result(member.delivery(), outcomes.get(i));
            }
        }
        finally {
            this.steps.end(group.stream().map((member) -> results[member.index()]).toList(), start);
        }
        if (!inOrder) {
            warnIfSlow(group, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    /** Not in order: RocketMQ delivers nothing again there that is being processed. */
    private void warnIfSlow(List<Member> group, Duration taken) {
        if (taken.compareTo(this.longest) > 0) {
            RecordKey key = group.get(0).delivery().key();
            logger.warn(
                    "A batch of {} messages of {} took {}, half of the consume timeout or more, after which RocketMQ"
                            + " delivers its first message again although it is still being processed. Lower"
                            + " reliable-mq.listeners.\"[{}]\".batch, or raise consumeTimeout.",
                    group.size(), key.group(), taken, key.group());
        }
    }

    private List<CallOutcome<Boolean>> execute(List<Member> group, boolean inOrder) {
        List<GuardedCall<Boolean>> calls = group.stream().map((member) -> call(member.delivery())).toList();
        if (inOrder) {
            return this.guard.executeInOrder(calls);
        }
        if (!(this.listener instanceof BatchCalls together)) {
            return this.guard.executeAll(calls);
        }
        // By the call: without a guard two messages may have one identity.
        IdentityHashMap<GuardedCall<Boolean>, Object> payloads = new IdentityHashMap<>();
        for (int i = 0; i < calls.size(); i++) {
            payloads.put(calls.get(i), group.get(i).delivery().payload());
        }
        return this.guard.executeAll(calls, (some) -> together
            .call(some.stream().map((call) -> ListenersCopy.of(Objects.requireNonNull(payloads.get(call)))).toList()));
    }

    private GuardedCall<Boolean> call(Delivery delivery) {
        return new GuardedCall<>(delivery.key(), 1, () -> {
            LoggingContext context = DeliverySteps.logging(delivery.message());
            try {
                return this.steps.observations()
                    .call(delivery.message(), () -> DeliverySteps.call(delivery, this.listener));
            }
            finally {
                context.close();
            }
        });
    }

    private DeliveryResult result(Delivery delivery, CallOutcome<Boolean> outcome) {
        if (outcome instanceof CallOutcome.Decided<Boolean> decided
                && decided.result() instanceof GuardResult.Processed) {
            // Of a first delivery there is nothing to forget, and nothing to log.
            return PROCESSED;
        }
        LoggingContext context = DeliverySteps.logging(delivery.message());
        try {
            return (outcome instanceof CallOutcome.Failed<Boolean> failed)
                    ? this.steps.failed(delivery, failed.failure())
                    : this.steps.result(delivery, ((CallOutcome.Decided<Boolean>) outcome).result());
        }
        catch (RuntimeException | Error ex) {
            return this.steps.failed(delivery, ex);
        }
        finally {
            context.close();
        }
    }

    private record Member(int index, Delivery delivery) {
    }

}
