package io.reliablemq.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.reliablemq.benchmarks.report.Measure;
import io.reliablemq.benchmarks.report.Sample;

/**
 * Does something many times in several threads, and notes how long each time takes.
 */
final class Parallel {

    private Parallel() {
    }

    static Sample sample(int threads, int times, Runnable work) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        List<Future<?>> done = new ArrayList<>();
        int each = times / threads;
        long[] nanos = new long[each * threads];
        ProcessorTime before = ProcessorTime.now();
        long start = System.nanoTime();
        for (int thread = 0; thread < threads; thread++) {
            int from = thread * each;
            done.add(workers.submit(() -> {
                for (int i = from; i < from + each; i++) {
                    long begin = System.nanoTime();
                    work.run();
                    nanos[i] = System.nanoTime() - begin;
                }
            }));
        }
        for (Future<?> one : done) {
            one.get();
        }
        double rate = nanos.length * 1e9 / (System.nanoTime() - start);
        ProcessorTime after = ProcessorTime.now();
        workers.shutdown();
        return after.addTo(Sample.latencies(nanos).with(Measure.RATE, rate), before, nanos.length);
    }

}
