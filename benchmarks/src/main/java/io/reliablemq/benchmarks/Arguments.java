package io.reliablemq.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * What a command asks for: {@code quick}, or a number of rounds, then what to run.
 *
 * @param scale how much is measured
 * @param names what to run; nothing is everything that belongs to the report
 */
record Arguments(Scale scale, List<String> names) {

    private static final int ROUNDS = 5;

    static Arguments parse(List<String> words) {
        boolean quick = false;
        int rounds = ROUNDS;
        List<String> names = new ArrayList<>();
        for (String word : words) {
            if (word.equals("quick")) {
                quick = true;
            }
            else if (word.matches("\\d+")) {
                rounds = names.isEmpty() ? Integer.parseInt(word) : rounds;
                names.addAll(names.isEmpty() ? List.of() : List.of(word));
            }
            else if (!word.equals("full") && !word.equals("all")) {
                names.add(word);
            }
        }
        return new Arguments(new Scale(quick, quick ? 1 : rounds), List.copyOf(names));
    }

    boolean isAll() {
        return this.names.isEmpty();
    }

    boolean wants(String name) {
        return isAll() || this.names.contains(name);
    }

}
