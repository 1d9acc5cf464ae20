package io.reliablemq.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.cluster.api.async.RedisAdvancedClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.ArrayOutput;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.connection.RedisConnection;

/**
 * Sends commands together on the connection that Lettuce shares between threads, with one
 * flush; on a cluster each goes to the node of its key. Nothing is opened or switched for
 * it, and other users of the connection notice nothing.
 */
final class LettuceBatch {

    private final StatefulConnection<byte[], byte[]> connection;

    private LettuceBatch(StatefulConnection<byte[], byte[]> connection) {
        this.connection = connection;
    }

    /** {@code null} where the connection is not Lettuce's. */
    @SuppressWarnings({ "unchecked", "deprecation" })
    static @Nullable LettuceBatch on(RedisConnection connection) {
        Object commands = connection.getNativeConnection();
        if (commands instanceof RedisAsyncCommands<?, ?> async) {
            return new LettuceBatch((StatefulConnection<byte[], byte[]>) async.getStatefulConnection());
        }
        if (commands instanceof RedisAdvancedClusterAsyncCommands<?, ?> async) {
            return new LettuceBatch((StatefulConnection<byte[], byte[]>) async.getStatefulConnection());
        }
        return null;
    }

    boolean hasOneServer() {
        return this.connection instanceof StatefulRedisConnection;
    }

    /** {@code null} if the server answers with an error. */
    @Nullable Object runOnAll(LuaScript script, List<String> keys, List<String> arguments) {
        AsyncCommand<byte[], byte[], ?> command = command(script, keys, arguments, false);
        send(List.of(command));
        if (isUnknownScript(command)) {
            command = command(script, keys, arguments, true);
            send(List.of(command));
        }
        return (command.getError() != null) ? null : answer(command);
    }

    private static AsyncCommand<byte[], byte[], ?> command(LuaScript script, List<String> keys, List<String> arguments,
            boolean whole) {
        CommandArgs<byte[], byte[]> args = new CommandArgs<>(ByteArrayCodec.INSTANCE);
        if (whole) {
            args.add(script.source());
        }
        else {
            args.add(script.sha1());
        }
        args.add(keys.size());
        keys.forEach((key) -> args.addKey(RedisCall.bytes(key)));
        arguments.forEach((argument) -> args.addValue(RedisCall.bytes(argument)));
        return new AsyncCommand<>(new Command<>(whole ? CommandType.EVAL : CommandType.EVALSHA,
                new ArrayOutput<>(ByteArrayCodec.INSTANCE), args));
    }

    /** Whether a key was set, or what a script has returned. */
    List<Object> run(List<RedisCall> calls) {
        List<AsyncCommand<byte[], byte[], ?>> sent = new ArrayList<>(calls.size());
        calls.forEach((call) -> sent.add(command(call, false)));
        send(sent);
        List<Integer> unknown = new ArrayList<>();
        for (int i = 0; i < sent.size(); i++) {
            if (isUnknownScript(sent.get(i))) {
                unknown.add(i);
            }
        }
        if (!unknown.isEmpty()) {
            List<AsyncCommand<byte[], byte[], ?>> again = new ArrayList<>();
            unknown.forEach((index) -> again.add(command(calls.get(index), true)));
            send(again);
            for (int i = 0; i < again.size(); i++) {
                sent.set(unknown.get(i), again.get(i));
            }
        }
        List<Object> answers = new ArrayList<>(sent.size());
        sent.forEach((command) -> answers.add(answer(command)));
        return answers;
    }

    private static AsyncCommand<byte[], byte[], ?> command(RedisCall call, boolean whole) {
        LuaScript script = call.script();
        if (script == null) {
            CommandArgs<byte[], byte[]> args = new CommandArgs<>(ByteArrayCodec.INSTANCE);
            args.addKey(call.key()).addValue(call.arguments().get(0)).add("NX").add("PX").add(call.expiryMillis());
            return new AsyncCommand<>(
                    new Command<>(CommandType.SET, new StatusOutput<>(ByteArrayCodec.INSTANCE), args));
        }
        return command(script, call.keyAndArguments().subList(0, 1),
                call.keyAndArguments().subList(1, call.keyAndArguments().size()), whole);
    }

    /** Those that were not answered in time are not sent any more if they still wait. */
    private void send(List<AsyncCommand<byte[], byte[], ?>> commands) {
        this.connection.dispatch(commands);
        long timeout = this.connection.getTimeout().toNanos();
        long end = System.nanoTime() + timeout;
        // The last one first: one node answers in order.
        for (int i = commands.size() - 1; i >= 0; i--) {
            long remaining = (timeout > 0) ? end - System.nanoTime() : Long.MAX_VALUE;
            if (!commands.get(i).await(Math.max(remaining, 1), TimeUnit.NANOSECONDS)) {
                commands.forEach((command) -> command.cancel(false));
                throw new QueryTimeoutException("Redis did not answer within " + this.connection.getTimeout());
            }
        }
    }

    private static boolean isUnknownScript(AsyncCommand<byte[], byte[], ?> command) {
        String error = command.getError();
        return error != null && error.contains("NOSCRIPT");
    }

    private static Object answer(AsyncCommand<byte[], byte[], ?> command) {
        Object answer;
        try {
            answer = command.getNow(null);
        }
        catch (CompletionException ex) {
            throw (ex.getCause() instanceof RuntimeException cause) ? cause : new RedisException(ex.getCause());
        }
        return (command.getType() == CommandType.SET) ? (Object) "OK".equals(answer) : Objects.requireNonNull(answer);
    }

}
