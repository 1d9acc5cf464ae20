package io.reliablemq.rocketmq;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.expression.EvaluationException;
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
final class KeyExpression {

    private static final Set<String> VARIABLES = Set.of("#payload", "#message", "#headers", "#root", "#this");

    private final String group;

    private final SpelExpression expression;

    KeyExpression(String group, String expression, Class<?> payloadType) {
        this.group = group;
        try {
            this.expression = new SpelExpressionParser().parseRaw(expression);
        }
        catch (ParseException ex) {
            throw refused(expression, "cannot be read: " + ex.getMessage());
        }
        check(this.expression.getAST(), payloadType);
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
        context.setVariable("payload", payload);
        context.setVariable("message", message);
        context.setVariable("headers", message.getProperties());
        try {
            Object value = this.expression.getValue(context);
            return (value != null) ? value.toString() : null;
        }
        catch (EvaluationException ex) {
            InvalidRecordKeyException failure = new InvalidRecordKeyException("The idempotency key expression '"
                    + text() + "' of consumer group '" + this.group + "' fails on this message: " + ex.getMessage());
            failure.initCause(ex);
            throw failure;
        }
    }

    private String text() {
        return this.expression.getExpressionString();
    }

}
