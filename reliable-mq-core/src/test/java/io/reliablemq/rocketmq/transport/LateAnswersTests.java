package io.reliablemq.rocketmq.transport;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.SendTarget;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.remoting.exception.RemotingTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class LateAnswersTests {

    private static final Duration SOON = Duration.ofSeconds(30);

    private static final long AN_HOUR = 3_600_000;

    private final LateAnswers lateAnswers = new LateAnswers();

    @Test
    void failsAnAnswerThatIsLate() {
        AsyncAnswer answer = answer(1);

        this.lateAnswers.watch(answer);

        assertThat(answer).succeedsWithin(SOON).isInstanceOfSatisfying(AttemptResult.Failed.class, (failed) -> {
            assertThat(failed.uncertain()).isTrue();
            assertThat(failed.cause()).isInstanceOf(RemotingTimeoutException.class);
        });
    }

    @Test
    void leavesTheOthersTheirTime() {
        AsyncAnswer patient = answer(AN_HOUR);
        this.lateAnswers.watch(patient);
        AsyncAnswer late = answer(1);
        this.lateAnswers.watch(late);

        assertThat(late).succeedsWithin(SOON);

        assertThat(patient).isNotDone();
        patient.onSuccess(new SendResult(SendStatus.SEND_OK, "id", "offset", null, 7));
        assertThat(patient).isCompletedWithValueMatching((result) -> result instanceof AttemptResult.Stored);
    }

    @Test
    void forgetsNone() {
        List<AsyncAnswer> answers = IntStream.range(0, 20_000).mapToObj((i) -> answer(i % 100)).toList();

        answers.parallelStream().forEach(this.lateAnswers::watch);

        assertThat(answers).allSatisfy((answer) -> assertThat(answer).succeedsWithin(SOON));
    }

    @Test
    void looksAtTheOthersWhereOneFails() {
        AsyncAnswer broken = answer(1, (result) -> {
            throw new IllegalStateException("for the test");
        });
        AsyncAnswer next = answer(2);

        this.lateAnswers.watch(broken);
        this.lateAnswers.watch(next);

        assertThat(broken).succeedsWithin(SOON);
        assertThat(next).succeedsWithin(SOON);
    }

    @Test
    void aLateAnswerChangesNothingAnyMore() {
        AsyncAnswer answer = answer(1);
        this.lateAnswers.watch(answer);
        assertThat(answer).succeedsWithin(SOON);

        answer.onSuccess(new SendResult(SendStatus.SEND_OK, "id", "offset", null, 7));

        assertThat(answer).isCompletedWithValueMatching((result) -> result instanceof AttemptResult.Failed);
    }

    private static AsyncAnswer answer(long timeoutMillis) {
        return answer(timeoutMillis, (result) -> {
        });
    }

    private static AsyncAnswer answer(long timeoutMillis, Consumer<AttemptResult> whenFailed) {
        return new AsyncAnswer(new SendTarget("broker", 0), "orders", "127.0.0.1:1", timeoutMillis, whenFailed);
    }

}
