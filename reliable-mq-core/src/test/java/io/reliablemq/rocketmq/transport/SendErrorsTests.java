package io.reliablemq.rocketmq.transport;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.rocketmq.ClientMessages;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.remoting.exception.RemotingConnectException;
import org.apache.rocketmq.remoting.exception.RemotingSendRequestException;
import org.apache.rocketmq.remoting.exception.RemotingTimeoutException;
import org.apache.rocketmq.remoting.exception.RemotingTooMuchRequestException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SendErrorsTests {

    private static final SendTarget QUEUE = new SendTarget("broker-a", 3);

    @Test
    void knowsThatAnIllegalMessageStaysIllegal() {
        assertFailure(refused(ResponseCode.MESSAGE_ILLEGAL, "too large"), FailureKind.ILLEGAL, false);
        assertFailure(new MQClientException(ResponseCode.MESSAGE_ILLEGAL, "too large"), FailureKind.ILLEGAL, false);
    }

    @ParameterizedTest
    @CsvSource({
            ResponseCode.MESSAGE_ILLEGAL + ",'timer message illegal, the delay time should not be bigger than the max"
                    + " delay 259200000ms; or if set del msg, the delay time should be bigger than the current time'",
            ResponseCode.SYSTEM_ERROR + ",'accurate timer message is not enabled, timerWheelEnable is false'" })
    void waitsUntilTheBrokerTakesTheDelay(int code, String remark) {
        assertFailure(refused(code, remark), FailureKind.NOT_YET, false);
    }

    @Test
    void knowsThatWhatTheClientDoesNotLetBeMadeStaysIllegal() {
        PreparedMessage blank = new PreparedMessage(1, "U1", "orders", null, List.of(), new byte[1],
                Map.of("header", "\u0003"), null, null);

        assertThatThrownBy(() -> ClientMessages.outgoing(blank)).isInstanceOfSatisfying(RuntimeException.class,
                (ex) -> assertThat(SendErrors.notCreated(ex).kind()).isEqualTo(FailureKind.ILLEGAL));
    }

    @ParameterizedTest
    @ValueSource(ints = { ResponseCode.TOPIC_NOT_EXIST, ResponseCode.NO_PERMISSION, ResponseCode.SYSTEM_BUSY,
            ResponseCode.SERVICE_NOT_AVAILABLE, ResponseCode.INVALID_PARAMETER })
    void triesAgainWhatTheBrokerRefusesForNow(int code) {
        assertFailure(refused(code, "no"), FailureKind.TRANSIENT, false);
    }

    @Test
    void isUncertainWhenTheBrokerFailsInside() {
        assertFailure(refused(ResponseCode.SYSTEM_ERROR, "UNKNOWN_ERROR"), FailureKind.TRANSIENT, true);
        assertFailure(refused(ResponseCode.SYSTEM_ERROR, null), FailureKind.TRANSIENT, true);
        assertFailure(refused(ResponseCode.SYSTEM_ERROR, "in-sync replicas not enough"), FailureKind.TRANSIENT, false);
    }

    @Test
    void isCertainWhenNothingWasWritten() {
        assertFailure(new RemotingConnectException("127.0.0.1:1"), FailureKind.TRANSIENT, false);
        assertFailure(new RemotingTooMuchRequestException("call timeout"), FailureKind.TRANSIENT, false);
        assertFailure(new MQClientException("The broker[a] not exist", null), FailureKind.TRANSIENT, false);
    }

    @Test
    void isUncertainOnceTheRequestMayHaveBeenWritten() {
        assertFailure(new RemotingTimeoutException("127.0.0.1:1", 6000), FailureKind.TRANSIENT, true);
        assertFailure(new RemotingSendRequestException("127.0.0.1:1"), FailureKind.TRANSIENT, true);
        assertFailure(new IllegalStateException("bug"), FailureKind.TRANSIENT, true);
    }

    @Test
    void tellsAMissingTopicFromAMissingNameServer() {
        AttemptResult.Failed noRoute = SendErrors.beforeSending(new MQClientException("No route", null), "orders");
        AttemptResult.Failed noAnswer = SendErrors.beforeSending(new TimeoutException(), "orders");

        assertThat(noRoute.advice()).contains("Create the topic").contains("'orders'");
        assertThat(noAnswer.advice()).contains("rocketmq.name-server");
        assertThat(noRoute.uncertain()).isFalse();
        assertThat(noAnswer.uncertain()).isFalse();
        assertThat(noRoute.kind()).isEqualTo(FailureKind.TRANSIENT);
    }

    @Test
    void findsAnInterruptThatTheClientHides() {
        assertThat(SendErrors.isInterrupt(new RemotingSendRequestException("a", new InterruptedException()))).isTrue();
        assertThat(SendErrors.isInterrupt(new RemotingSendRequestException("a"))).isFalse();
    }

    private static MQBrokerException refused(int code, String remark) {
        return new MQBrokerException(code, remark);
    }

    private static void assertFailure(Exception ex, FailureKind kind, boolean uncertain) {
        AttemptResult.Failed failed = SendErrors.of(ex, QUEUE, "orders");
        assertThat(failed.kind()).isEqualTo(kind);
        assertThat(failed.uncertain()).isEqualTo(uncertain);
        assertThat(failed.cause()).isSameAs(ex);
        assertThat(failed.target()).isEqualTo(QUEUE);
        assertThat(failed.advice()).isNotBlank();
    }

}
