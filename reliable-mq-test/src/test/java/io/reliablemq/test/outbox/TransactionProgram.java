package io.reliablemq.test.outbox;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionDefinition;

/**
 * Blocks within blocks, each with a manager, a propagation and an end, and sends between
 * them; and a model of what becomes of each send.
 */
final class TransactionProgram {

    /** Whose transaction a block asks for. */
    enum Manager {

        /** The outbox's own. */
        OUTBOX,
        /** For the outbox's DataSource, but unknown to the outbox. */
        NO_BEAN,
        /** Exposes its connection, as JPA's does. */
        EXPOSING,
        /** Another DataSource's. */
        OTHER,
        /** Without a connection, as JMS's. */
        RESOURCELESS;

        boolean isOfOutbox() {
            return this == OUTBOX || this == NO_BEAN || this == EXPOSING;
        }

        /** By what a manager finds its transaction. */
        private Manager group() {
            return (this == NO_BEAN) ? OUTBOX : this;
        }

    }

    /** As in {@link TransactionDefinition}. */
    enum Propagation {

        REQUIRED(TransactionDefinition.PROPAGATION_REQUIRED),
        REQUIRES_NEW(TransactionDefinition.PROPAGATION_REQUIRES_NEW), NESTED(TransactionDefinition.PROPAGATION_NESTED),
        SUPPORTS(TransactionDefinition.PROPAGATION_SUPPORTS),
        NOT_SUPPORTED(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);

        final int value;

        Propagation(int value) {
            this.value = value;
        }

        private boolean begins() {
            return this == REQUIRED || this == REQUIRES_NEW || this == NESTED;
        }

    }

    /** Something to do. */
    sealed interface Step {

    }

    /**
     * Sends a message.
     *
     * @param name its payload
     */
    record Send(String name) implements Step {
    }

    /**
     * A transaction, or a part of one.
     */
    record Block(Manager manager, Propagation propagation, boolean commits, List<Step> steps) implements Step {
    }

    private TransactionProgram() {
    }

    /** A send before, within and after an inner block. */
    static Block twoLevels(Manager outer, Manager inner, Propagation propagation, boolean innerCommits,
            boolean outerCommits) {
        return new Block(outer, Propagation.REQUIRED, outerCommits, List.of(new Send("before"),
                new Block(inner, propagation, innerCommits, List.of(new Send("within"))), new Send("after")));
    }

    /** Only a send within, which is the first that an outbox learns of. */
    static Block onlyWithin(Manager outer, Manager inner, Propagation propagation, boolean innerCommits,
            boolean outerCommits) {
        return new Block(outer, Propagation.REQUIRED, outerCommits,
                List.of(new Block(inner, propagation, innerCommits, List.of(new Send("within")))));
    }

    static Block random(Random random, int depth) {
        List<Step> steps = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            steps.add((depth == 0 || random.nextInt(3) > 0) ? new Send("m" + random.nextInt(1_000_000_000))
                    : random(random, depth - 1));
        }
        Manager[] managers = Manager.values();
        Propagation[] propagations = Propagation.values();
        return new Block(managers[random.nextInt(managers.length)], propagations[random.nextInt(propagations.length)],
                random.nextInt(3) > 0, steps);
    }

    /**
     * What becomes of the messages.
     * @return the names of those that are sent, in the order of their commits;
     * {@code null} if Spring does not support the program
     */
    static @Nullable List<String> sent(Block program) {
        try {
            return new Model().sent(program);
        }
        catch (UnsupportedOperationException ex) {
            return null;
        }
    }

    /** A transaction, or none, that was current for a group of managers. */
    private static final class Model {

        private final Map<Manager, Transaction> current = new EnumMap<>(Manager.class);

        /** On the outbox's DataSource. */
        private final List<Transaction> begun = new ArrayList<>();

        private final List<String> sent = new ArrayList<>();

        List<String> sent(Block program) {
            run(program);
            return this.sent;
        }

        private void run(Block block) {
            Manager group = block.manager().group();
            Transaction existing = this.current.get(group);
            if (existing != null && block.propagation() == Propagation.NESTED) {
                if (group == Manager.RESOURCELESS || existing.rollbackOnly) {
                    throw new UnsupportedOperationException("No savepoints");
                }
                int position = existing.messages.size();
                steps(block);
                if (!block.commits() || existing.rollbackOnly) {
                    existing.messages.subList(position, existing.messages.size()).clear();
                    existing.rollbackOnly = false;
                }
                return;
            }
            boolean suspends = block.propagation() == Propagation.REQUIRES_NEW
                    || block.propagation() == Propagation.NOT_SUPPORTED;
            if (existing != null && !suspends) {
                steps(block);
                existing.rollbackOnly |= !block.commits();
                return;
            }
            this.current.remove(group);
            if (block.propagation().begins()) {
                begin(block, group);
            }
            else {
                steps(block);
            }
            if (existing != null) {
                this.current.put(group, existing);
            }
        }

        private void begin(Block block, Manager group) {
            if (group.isOfOutbox() && ofOutbox() != null) {
                throw new UnsupportedOperationException("Two managers that share a connection");
            }
            Transaction transaction = new Transaction(block.manager() == Manager.NO_BEAN);
            if (group.isOfOutbox()) {
                requireNoKeyHeld();
                this.begun.add(transaction);
            }
            this.current.put(group, transaction);
            steps(block);
            this.current.remove(group);
            this.begun.remove(transaction);
            if (block.commits() && !transaction.rollbackOnly) {
                this.sent.addAll(transaction.messages);
            }
        }

        private void steps(Block block) {
            for (Step step : block.steps()) {
                if (step instanceof Block inner) {
                    run(inner);
                    mayHoldKey(inner);
                }
                else if (step instanceof Send send) {
                    Transaction owner = ofOutbox();
                    if (owner == null) {
                        requireNoKeyHeld();
                    }
                    ((owner != null) ? owner.messages : this.sent).add(send.name());
                }
            }
        }

        /** Stored with the end of the inner one, since nobody tells of the outer. */
        private void mayHoldKey(Block inner) {
            Transaction around = ofOutbox();
            if (!inner.manager().isOfOutbox() && around != null && around.unknown && !around.messages.isEmpty()) {
                around.holdsKey = true;
            }
        }

        /** A thread would wait for itself. */
        private void requireNoKeyHeld() {
            if (this.begun.stream().anyMatch((transaction) -> transaction.holdsKey)) {
                throw new UnsupportedOperationException("A key held by an outer transaction");
            }
        }

        private @Nullable Transaction ofOutbox() {
            Transaction exposed = this.current.get(Manager.EXPOSING);
            return (exposed != null) ? exposed : this.current.get(Manager.OUTBOX);
        }

    }

    private static final class Transaction {

        private final List<String> messages = new ArrayList<>();

        private final boolean unknown;

        private boolean rollbackOnly;

        private boolean holdsKey;

        private Transaction(boolean unknown) {
            this.unknown = unknown;
        }

    }

}
