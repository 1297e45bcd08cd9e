// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.JvmRequirements;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketIo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Packet I/O without a device: wires within this process, for tests, simulations and examples.
///
/// ```java
/// try (InMemoryIo io = InMemoryIo.builder()
///         .buffers(4096)
///         .wire(PortSettings.of("eth0", "02:00:00:00:00:01").withQueues(2),
///                 PortSettings.of("lan", "02:00:00:00:00:02"))
///         .open()) {
///     PacketPort near = io.ports().get(0);       // for a balancer
///     InMemoryPort far = io.wire("eth0").far(); // for the part that plays the network
/// }
/// ```
///
/// Receiving, transmitting and the pool use neither locks nor heap. A buffer freed twice, sent
/// after it was freed, or sent with data outside it is answered with an exception at once.
///
/// **Thread-safety:** all methods, from any thread. The pool may be shared by all threads, so
/// [#buffers(int)] always returns the same one; simulated hosts use it too.
public final class InMemoryIo implements PacketIo {
    private final InMemoryPool pool;
    private final List<Wire> wires;
    private volatile boolean open = true;

    private InMemoryIo(Builder builder) {
        pool = new InMemoryPool(builder.buffers, builder.dataCapacity);
        wires =
                builder.functions.stream()
                        .map(function ->
                                new Wire(
                                        function.near(),
                                        function.far(),
                                        function.impairment(),
                                        pool,
                                        () -> open))
                        .toList();
    }

    /// Starts a description of the wires.
    ///
    /// @return a builder: 4096 buffers of 1920 bytes, no wire
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public List<InMemoryPort> ports() {
        return wires.stream().map(Wire::near).toList();
    }

    /// All wires, in the order in which they were described.
    ///
    /// @return an immutable list
    public List<Wire> wires() {
        return wires;
    }

    /// The wire of one port.
    ///
    /// @param name of a port at either end
    /// @return its wire
    /// @throws NoSuchElementException if no port is called that
    public Wire wire(String name) {
        return wires.stream()
                .filter(wire -> wire.near().name().equals(name) || wire.far().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("no wire has an end called " + name));
    }

    @Override
    public BufferPool buffers(int worker) {
        return pool;
    }

    /// The one pool of all wires.
    ///
    /// @return what [#buffers(int)] returns for any worker
    public BufferPool buffers() {
        return pool;
    }

    /// Needs nothing from the thread; there is no means to pin it.
    ///
    /// @throws BalancerException [ErrorCode#UNSUPPORTED] if a CPU is given
    @Override
    public void attachWorker(int worker, OptionalInt cpu) {
        if (cpu.isPresent()) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "in-memory ports cannot pin worker "
                            + worker
                            + " to CPU "
                            + cpu.getAsInt()
                            + "; leave the CPU empty");
        }
    }

    @Override
    public void detachWorker(int worker) {
        // Nothing was attached.
    }

    /// Gives the memory back. The threads that use ports or pool must have stopped: those that come
    /// later are told by an exception.
    @Override
    public void close() {
        if (open) {
            open = false;
            pool.close();
        }
    }

    /// Describes the wires of an [InMemoryIo]. Not thread-safe.
    public static final class Builder {
        private static final int DEFAULT_BUFFERS = 4096;
        private static final int DEFAULT_DATA_CAPACITY = 1920;
        private static final int MIN_DATA_CAPACITY = 1518;

        private final List<TransactionFunction> functions = new ArrayList<>();
        private final Set<String> names = new HashSet<>();
        private int buffers = DEFAULT_BUFFERS;
        private int dataCapacity = DEFAULT_DATA_CAPACITY;

        private Builder() {}

        /// Sets how many buffers there are, for all wires together.
        ///
        /// @param count 1 or more
        /// @return this
        /// @throws IllegalArgumentException if the count is less than 1
        public Builder buffers(int count) {
            require(count >= 1, count + " buffers are not enough for one packet");
            buffers = count;
            return this;
        }

        /// Sets the room for a packet in each buffer.
        ///
        /// @param bytes 1518 or more; an MTU needs 18 more than itself
        /// @return this
        /// @throws IllegalArgumentException if an untagged frame of 1500 bytes would not fit
        public Builder dataCapacity(int bytes) {
            require(
                    bytes >= MIN_DATA_CAPACITY,
                    "data capacity " + bytes + " is less than " + MIN_DATA_CAPACITY);
            dataCapacity = bytes;
            return this;
        }

        /// Adds a good wire.
        ///
        /// @param near the end that [InMemoryIo#ports()] lists
        /// @param far the other end
        /// @return this
        /// @throws IllegalArgumentException if a port of that name is there already
        public Builder wire(PortSettings near, PortSettings far) {
            return add(near, far, null);
        }

        /// Adds a bad wire.
        ///
        /// @param near the end that [InMemoryIo#ports()] lists
        /// @param far the other end
        /// @param impairment what happens to frames in both directions
        /// @return this
        /// @throws IllegalArgumentException if a port of that name is there already
        public Builder wire(PortSettings near, PortSettings far, Impairment impairment) {
            return add(near, far, impairment);
        }

        /// Makes all of it.
        ///
        /// @return packet I/O with open, started ports
        /// @throws IllegalArgumentException if a buffer is too small for a port's MTU
        /// @throws BalancerException [ErrorCode#UNSUPPORTED] if the JVM lacks a flag
        public InMemoryIo open() {
            JvmRequirements.require();
            for (TransactionFunction function : functions) {
                requireRoom(function.near());
                requireRoom(function.far());
            }
            return new InMemoryIo(this);
        }

        private Builder add(PortSettings near, PortSettings far, @Nullable Impairment impairment) {
            requireNewName(near.name());
            requireNewName(far.name());
            functions.add(new TransactionFunction(near, far, impairment));
            return this;
        }

        private void requireNewName(String name) {
            require(names.add(name), "there is a port called " + name + " already");
        }

        private void requireRoom(PortSettings port) {
            require(
                    port.maxFrameLength() <= dataCapacity,
                    "a frame of port "
                            + port.name()
                            + " with MTU "
                            + port.mtu()
                            + " needs a data capacity of "
                            + port.maxFrameLength()
                            + ", not "
                            + dataCapacity);
        }

        private static void require(boolean condition, String message) {
            if (!condition) {
                throw new IllegalArgumentException(message);
            }
        }
    }

    private record TransactionFunction(
            PortSettings near, PortSettings far, @Nullable Impairment impairment) {}
}
