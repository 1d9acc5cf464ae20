package io.reliablemq.rocketmq.delivery;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.context.expression.MapAccessor;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.StandardEvaluationContext;

/**
 * The SpEL expression of a listener's idempotency key, checked at start-up as far as it
 * can be: syntax, variables, and the first property of the payload.
 */
public final class KeyExpression {

    private static final Set<String> MESSAGE_VARIABLES = Set.of("#payload", "#message", "#headers");

    private static final Set<String> VARIABLES = Set.of("#payload", "#message", "#headers", "#root", "#this");

    private final String group;

    private final SpelExpression expression;

    public KeyExpression(String group, String expression, Class<?> payloadType) {
        this.group = group;
        try {
            this.expression = new SpelExpressionParser().parseRaw(expression);
        }
        catch (ParseException ex) {
            throw refused(expression, "cannot be read: " + ex.getMessage());
        }
        check(this.expression.getAST(), payloadType);
        if (!usesMessage(this.expression.getAST())) {
            throw refused(expression, "uses nothing of the message, so that all messages would be the same");
        }
    }

    private static boolean usesMessage(SpelNode node) {
        if (node instanceof VariableReference && MESSAGE_VARIABLES.contains(node.toStringAST())) {
            return true;
        }
        return IntStream.range(0, node.getChildCount()).anyMatch((i) -> usesMessage(node.getChild(i)));
    }

    private void check(SpelNode node, Class<?> payloadType) {
        if (node instanceof VariableReference && !VARIABLES.contains(node.toStringAST())) {
            throw refused(text(), "uses " + node.toStringAST() + ", which does not exist");
        }
        if (node instanceof CompoundExpression && node.getChildCount() > 1
                && "#payload".equals(node.getChild(0).toStringAST())
                && node.getChild(1) instanceof PropertyOrFieldReference property
                && !hasProperty(payloadType, property.getName())) {
            throw refused(text(),
                    "uses the property " + property.getName() + ", which " + payloadType.getName() + " does not have");
        }
        for (int i = 0; i < node.getChildCount(); i++) {
            check(node.getChild(i), payloadType);
        }
    }

    private static boolean hasProperty(Class<?> type, String name) {
        return type.isInterface() || type == MessageExt.class || type == Message.class
                || Map.class.isAssignableFrom(type) || BeanUtils.getPropertyDescriptor(type, name) != null
                || Arrays.stream(type.getMethods())
                    .anyMatch((method) -> method.getName().equals(name) && method.getParameterCount() == 0)
                || Arrays.stream(type.getFields()).anyMatch((field) -> field.getName().equals(name));
    }

    private InvalidConfigurationException refused(String expression, String reason) {
        return new InvalidConfigurationException("The idempotency key expression '" + expression
                + "' of consumer group '" + this.group + "' " + reason + ".",
                "Write SpEL on #payload, #message or #headers, for example #payload.orderId.");
    }

    @Nullable String evaluate(MessageExt message, Object payload) {
        StandardEvaluationContext context = new StandardEvaluationContext();
        context.addPropertyAccessor(new MapAccessor());
        context.setVariable("payload", payload);
        context.setVariable("message", message);
        context.setVariable("headers", message.getProperties());
        try {
            Object value = this.expression.getValue(context);
            return (value != null) ? text(message, value) : null;
        }
        catch (InvalidRecordKeyException ex) {
            throw ex;
        }
        catch (RuntimeException ex) {
            InvalidRecordKeyException failure = failed("fails on this message: " + ex.getMessage());
            failure.initCause(ex);
            throw failure;
        }
    }

    private @Nullable String text(MessageExt message, Object value) {
        if (value == message.getBody()) {
            throw failed("yields the whole body: choose one of its properties");
        }
        try {
            return KeyText.of(value);
        }
        catch (IllegalArgumentException ex) {
            throw failed("yields " + ex.getMessage()
                    + ", whose text may be another one for each delivery or node: choose one of its properties, or call"
                    + " a method of its own that returns a text");
        }
    }

    private InvalidRecordKeyException failed(String reason) {
        return new InvalidRecordKeyException(
                "The idempotency key expression '" + text() + "' of consumer group '" + this.group + "' " + reason);
    }

    private String text() {
        return this.expression.getExpressionString();
    }

}
