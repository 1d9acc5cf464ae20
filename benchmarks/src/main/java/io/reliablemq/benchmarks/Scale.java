package io.reliablemq.benchmarks;

/**
 * How much is measured.
 *
 * @param quick whether it only matters that everything runs
 * @param rounds turns of each contestant that count
 */
record Scale(boolean quick, int rounds) {

    int of(int full, int quick) {
        return this.quick ? quick : full;
    }

    Comparison run(Comparison comparison) throws Exception {
        return run(comparison, this.rounds);
    }

    /** For short turns, of which more are needed. */
    Comparison run(Comparison comparison, int rounds) throws Exception {
        return this.quick ? comparison.runCold(1) : comparison.run(rounds);
    }

}
