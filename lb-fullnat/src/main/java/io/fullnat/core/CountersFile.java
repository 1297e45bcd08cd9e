// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.transmit.WorkerCounters;
import io.fullnat.core.worker.WorkerSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;
import org.jspecify.annotations.Nullable;

/// The counters of all workers, laid out by Agrona's [CountersManager] so that its readers in other
/// processes can show them: labels first, then values, in a file or in memory of this process.
final class CountersFile implements CountersReader, AutoCloseable {
    private static final int OUTCOMES = Outcome.values().length;
    private static final int COUNTERS = Counter.values().length;

    private final @Nullable MappedByteBuffer mapped;
    private final List<WorkerCounters> workers = new ArrayList<>();
    private final ByteBuffer memory;

    CountersFile(int workerCount, @Nullable Path file) {
        int count = workerCount * (OUTCOMES + COUNTERS);
        int labels = count * CountersManager.METADATA_LENGTH;
        int values = count * CountersManager.COUNTER_LENGTH;
        mapped = file == null ? null : map(file, labels + values);
        memory = mapped == null ? ByteBuffer.allocateDirect(labels + values) : mapped;
        UnsafeBuffer valuesBuffer = new UnsafeBuffer(memory, labels, values);
        CountersManager counters =
                new CountersManager(new UnsafeBuffer(memory, 0, labels), valuesBuffer);
        for (int worker = 0; worker < workerCount; worker++) {
            workers.add(allocate(worker, counters, valuesBuffer.addressOffset()));
        }
    }

    private static MappedByteBuffer map(Path file, int length) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the counters file "
                            + file
                            + " cannot be written: there is no folder "
                            + folder);
        }
        if (Files.isDirectory(file)) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the counters file " + file + " cannot be written: it is a folder");
        }
        try {
            Files.deleteIfExists(file);
            return allocated(file, length);
        } catch (IOException failure) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the counters file " + file + " cannot be written: " + failure.getMessage(),
                    failure);
        }
    }

    /// Written before it is mapped: where a mapping grows and the file system is full, the kernel
    /// ends the process (SIGBUS).
    private static MappedByteBuffer allocated(Path file, int length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, CREATE_NEW, READ, WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate(length);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, length);
        } catch (IOException failure) {
            Files.deleteIfExists(file);
            throw failure;
        }
    }

    private static WorkerCounters allocate(int worker, CountersManager counters, long values) {
        long[] outcomes = new long[OUTCOMES];
        for (Outcome outcome : Outcome.values()) {
            int id = counters.allocate("worker " + worker + " " + outcome);
            outcomes[outcome.ordinal()] = values + CountersManager.counterOffset(id);
        }
        long[] others = new long[COUNTERS];
        for (Counter counter : Counter.values()) {
            int id = counters.allocate("worker " + worker + " " + counter);
            others[counter.ordinal()] = values + CountersManager.counterOffset(id);
        }
        return new WorkerCounters(outcomes, others);
    }

    List<WorkerCounters> all() {
        return List.copyOf(workers);
    }

    @Override
    public int workers() {
        return workers.size();
    }

    @Override
    public long get(int worker, Outcome outcome) {
        return of(worker).get(requireNonNull(outcome, "outcome"));
    }

    @Override
    public long get(int worker, Counter counter) {
        return of(worker).get(requireNonNull(counter, "counter"));
    }

    private WorkerCounters of(int worker) {
        WorkerSet.requireWorker(worker, workers.size());
        return workers.get(worker);
    }

    /// Nothing is unmapped: readers of this object may outlive the balancer. The memory goes with
    /// the last reference to it.
    @Override
    public void close() {
        if (mapped != null) {
            mapped.force();
        }
    }
}
