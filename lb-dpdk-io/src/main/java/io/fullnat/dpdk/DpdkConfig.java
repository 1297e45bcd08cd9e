// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/// What [DpdkIo#open(DpdkConfig)] opens. Immutable and thread-safe.
///
/// DPDK itself starts once a process, with the first [DpdkIo]: `memoryMb`, `hugepages`,
/// `filePrefix` and `ealArguments` take effect then. A later [DpdkIo] that asks for others is
/// refused.
///
/// @param ports the ports, in the order of their numbers
/// @param workers how many workers use them
/// @param memoryMb megabytes for packet buffers and devices' queues, or empty to reckon them
/// @param hugepages whether that memory lies in hugepages
/// @param buffers packet buffers in each pool, or empty to reckon them
/// @param receiveDescriptors for each receive queue; a device that cannot rounds them
/// @param transmitDescriptors for each transmit queue; a device that cannot rounds them
/// @param filePrefix name for DPDK's files, or empty for one made of the process id
/// @param ealArguments further EAL arguments, for example `--iova-mode=va`; docs/native.md says
///   which
public record DpdkConfig(
        List<DpdkPortConfig> ports,
        int workers,
        OptionalInt memoryMb,
        Hugepages hugepages,
        OptionalInt buffers,
        int receiveDescriptors,
        int transmitDescriptors,
        String filePrefix,
        List<String> ealArguments) {
    private static final int MAX_WORKERS = 120;
    private static final int MIN_MEMORY_MB = 64;
    private static final int MIN_BUFFERS = 1024;
    private static final int MAX_BUFFERS = 1 << 24;
    private static final int MIN_DESCRIPTORS = 64;
    private static final int MAX_DESCRIPTORS = 32768;
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]{0,64}");

    /// Checks the values and copies the lists.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the wrong one
    public DpdkConfig {
        ports = List.copyOf(ports);
        ealArguments = List.copyOf(ealArguments);
        if (ports.isEmpty()) {
            throw new BalancerException(ErrorCode.INVALID_ARGUMENT, "there is no port to open");
        }
        Set<String> names = new HashSet<>();
        for (DpdkPortConfig port : ports) {
            if (!names.add(port.name())) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT, "two ports are named " + port.name());
            }
            port.device()
                    .subject()
                    .ifPresent(subject -> {
                        if (!names.add(subject)) {
                            throw new BalancerException(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "port "
                                            + port.name()
                                            + ": another port opens "
                                            + subject
                                            + ", too");
                        }
                    });
        }
        check("workers", workers, 1, MAX_WORKERS);
        memoryMb.ifPresent(value -> check("memoryMb", value, MIN_MEMORY_MB, Integer.MAX_VALUE));
        buffers.ifPresent(value -> check("buffers", value, MIN_BUFFERS, MAX_BUFFERS));
        check("receiveDescriptors", receiveDescriptors, MIN_DESCRIPTORS, MAX_DESCRIPTORS);
        check("transmitDescriptors", transmitDescriptors, MIN_DESCRIPTORS, MAX_DESCRIPTORS);
        if (!PREFIX.matcher(filePrefix).matches()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "filePrefix \"" + filePrefix + "\" is not of letters, digits, '.', '_', '-'");
        }
        EalArguments.check(ealArguments);
    }

    private static void check(String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, what + " " + value + " is not " + min + "-" + max);
        }
    }

    /// Starts a configuration without ports, for one worker.
    ///
    /// @return a builder
    public static Builder builder() {
        return new Builder();
    }

    /// How many queue pairs a port gets.
    int queues(DpdkPortConfig port) {
        return port.queues().orElse(workers);
    }

    /// Collects the values. Not thread-safe.
    public static final class Builder {
        private static final int DEFAULT_DESCRIPTORS = 1024;

        private final List<DpdkPortConfig> ports = new ArrayList<>();
        private final List<String> ealArguments = new ArrayList<>();
        private int workers = 1;
        private OptionalInt memoryMb = OptionalInt.empty();
        private Hugepages hugepages = Hugepages.AUTO;
        private OptionalInt buffers = OptionalInt.empty();
        private int receiveDescriptors = DEFAULT_DESCRIPTORS;
        private int transmitDescriptors = DEFAULT_DESCRIPTORS;
        private String filePrefix = "";

        private Builder() {}

        /// Adds a port.
        ///
        /// @param port its settings
        /// @return this
        public Builder port(DpdkPortConfig port) {
            ports.add(port);
            return this;
        }

        /// Adds a port with all settings left to the device.
        ///
        /// @param name what configuration and messages call it
        /// @param device in the grammar of [DeviceSpec]
        /// @return this
        public Builder port(String name, String device) {
            return port(DpdkPortConfig.of(name, device));
        }

        /// Sets how many workers use the ports; a port has as many queue pairs unless it says
        /// otherwise.
        ///
        /// @param count 1 to 120
        /// @return this
        public Builder workers(int count) {
            workers = count;
            return this;
        }

        /// Sets the memory that DPDK gets.
        ///
        /// @param megabytes 64 or more
        /// @return this
        public Builder memoryMb(int megabytes) {
            memoryMb = OptionalInt.of(megabytes);
            return this;
        }

        /// Sets whether the memory lies in hugepages.
        ///
        /// @param use automatic by default
        /// @return this
        public Builder hugepages(Hugepages use) {
            hugepages = use;
            return this;
        }

        /// Sets how many packet buffers a pool has; there is one pool for each NUMA node that has a
        /// port.
        ///
        /// @param count 1,024 to 16,777,216; a power of two less one uses memory best
        /// @return this
        public Builder buffers(int count) {
            buffers = OptionalInt.of(count);
            return this;
        }

        /// Sets the descriptors of each queue.
        ///
        /// @param receive 64 to 32,768
        /// @param transmit 64 to 32,768
        /// @return this
        public Builder descriptors(int receive, int transmit) {
            receiveDescriptors = receive;
            transmitDescriptors = transmit;
            return this;
        }

        /// Sets the name for DPDK's files.
        ///
        /// @param prefix letters, digits, `.`, `_`, `-`
        /// @return this
        public Builder filePrefix(String prefix) {
            filePrefix = prefix;
            return this;
        }

        /// Adds arguments for DPDK's environment abstraction layer.
        ///
        /// @param arguments for example `--iova-mode=va`
        /// @return this
        public Builder ealArguments(String... arguments) {
            ealArguments.addAll(List.of(arguments));
            return this;
        }

        /// Checks and makes the configuration.
        ///
        /// @return the configuration
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming a wrong value
        public DpdkConfig build() {
            return new DpdkConfig(
                    ports,
                    workers,
                    memoryMb,
                    hugepages,
                    buffers,
                    receiveDescriptors,
                    transmitDescriptors,
                    filePrefix,
                    ealArguments);
        }
    }
}
