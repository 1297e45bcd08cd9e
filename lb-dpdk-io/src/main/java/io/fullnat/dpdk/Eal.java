// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// DPDK's environment abstraction layer, started at most once in a process and never stopped:
/// `rte_eal_cleanup` cannot be followed by another start. Nothing of it outlives the process, as
/// its memory has no file and its run-time folder is removed at once.
///
/// What changes DPDK's state runs under one lock, [#exclusively(Supplier)].
final class Eal {
    private static final Logger LOG = LoggerFactory.getLogger(Eal.class);
    private static final Object LOCK = new Object();
    private static final Path PCI_DEVICES = Path.of("/sys/bus/pci/devices");
    private static final int EINVAL = 22;
    private static final int EALREADY = 114;

    private static @Nullable Eal started;
    private static @Nullable Eal loaded;

    private final Abi abi;
    private final EalFunctions functions;
    private final EthdevFunctions ethdev;
    private final PoolFunctions pools;
    private final EalLog log;
    private final AtomicInteger serial = new AtomicInteger();
    private boolean hugepages;
    private boolean userLogs;
    private int memoryMb;
    private String filePrefix = "";
    private List<String> arguments = List.of();

    private Eal() {
        DpdkLibraries libraries = DpdkLibraries.open();
        functions = new EalFunctions(libraries.eal());
        abi = Abi.ofVersion(functions.version());
        if (abi.number() != libraries.abi().number()) {
            throw new BalancerException(
                    ErrorCode.MISSING_LIBRARY,
                    "librte_eal.so."
                            + libraries.abi().number()
                            + " calls itself \""
                            + functions.version()
                            + "\", which should be librte_eal.so."
                            + abi.number()
                            + ": reinstall DPDK");
        }
        ethdev = new EthdevFunctions(libraries.ethdev());
        pools = new PoolFunctions(libraries.mempool(), libraries.mbuf());
        log = new EalLog(functions);
    }

    /// Starts DPDK if no one has, else checks that it runs as wanted.
    ///
    /// @param config what the user wants
    /// @param neededMb megabytes that the ports need, if the user did not say
    /// @throws BalancerException [ErrorCode#MISSING_LIBRARY], [ErrorCode#MEMORY] or
    ///   [ErrorCode#UNSUPPORTED]
    static Eal start(DpdkConfig config, int neededMb) {
        synchronized (LOCK) {
            Eal running = started;
            if (running != null) {
                running.requireSame(config);
                return running;
            }
            Eal eal = load();
            eal.init(config, config.memoryMb().orElse(neededMb));
            started = eal;
            return eal;
        }
    }

    /// Loads DPDK's libraries if no one has.
    ///
    /// @throws BalancerException [ErrorCode#MISSING_LIBRARY]
    static Eal load() {
        synchronized (LOCK) {
            Eal eal = loaded;
            if (eal == null) {
                eal = new Eal();
                loaded = eal;
            }
            return eal;
        }
    }

    private void requireSame(DpdkConfig config) {
        String different = null;
        if (config.memoryMb().isPresent() && config.memoryMb().getAsInt() > memoryMb) {
            different = "memoryMb " + config.memoryMb().getAsInt() + " (running: " + memoryMb + ")";
        } else if (config.hugepages() == Hugepages.REQUIRED && !hugepages) {
            different = "hugepages";
        } else if (config.hugepages() == Hugepages.NONE && hugepages) {
            different = "no hugepages";
        } else if (!config.filePrefix().isEmpty() && !config.filePrefix().equals(filePrefix)) {
            different = "filePrefix " + config.filePrefix();
        } else if (!config.ealArguments().isEmpty() && !config.ealArguments().equals(arguments)) {
            different = "EAL arguments " + String.join(" ", config.ealArguments());
        }
        if (different != null) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "DPDK runs in this process already and cannot be given "
                            + different
                            + ": say so in the first configuration that is opened");
        }
    }

    private void init(DpdkConfig config, int megabytes) {
        SystemMemory memory = SystemMemory.read();
        hugepages = useHugepages(config.hugepages(), megabytes, memory);
        boolean pci = Files.exists(PCI_DEVICES);
        List<String> list =
                EalArguments.of(
                        config, CpuAffinity.current().toString(), megabytes, hugepages, pci);
        userLogs = config.ealArguments().stream().anyMatch(each -> each.startsWith("--log-level"));
        exclusively(() -> {
            int error = initOnOwnThread(list);
            if (error != 0) {
                throw failure(error, list, megabytes);
            }
            return true;
        });
        memoryMb = megabytes;
        filePrefix = config.filePrefix();
        arguments = config.ealArguments();
        removeRuntimeDirectory();
        LOG.info(
                "{} with {} MB in {}",
                functions.version(),
                megabytes,
                hugepages ? "hugepages" : "ordinary pages");
    }

    private static boolean useHugepages(Hugepages wanted, int megabytes, SystemMemory memory) {
        boolean enough = memory.allowedHugepagesMb() >= megabytes;
        if (wanted == Hugepages.REQUIRED && !enough) {
            throw new BalancerException(
                    ErrorCode.MEMORY,
                    megabytes
                            + " MB of hugepages are wanted, "
                            + shortage(megabytes, memory)
                            + ", or allow ordinary pages");
        }
        boolean use = wanted != Hugepages.NONE && enough;
        if (!use && memory.availableMb() < megabytes) {
            throw new BalancerException(
                    ErrorCode.MEMORY,
                    megabytes
                            + " MB are wanted for packet buffers, "
                            + memory.availableMb()
                            + " MB are available: ask for less (memoryMb, buffers)");
        }
        if (wanted == Hugepages.AUTO && !enough) {
            LOG.info(
                    "{} MB of hugepages are wanted, {}: using ordinary pages",
                    megabytes,
                    shortage(megabytes, memory));
        }
        return use;
    }

    /// What is less than what is wanted, and what to do.
    static String shortage(int megabytes, SystemMemory memory) {
        if (memory.freeHugepagesMb() >= megabytes) {
            return "a cgroup allows "
                    + memory.allowedHugepagesMb()
                    + " MB more: raise its hugetlb.SIZE.max";
        }
        return memory.freeHugepagesMb()
                + " MB are free: reserve more (sysctl vm.nr_hugepages="
                + (megabytes / 2 + 1)
                + " for pages of 2 MB)";
    }

    /// Starts DPDK on a thread of its own, which ends then: `rte_eal_init` binds its thread to a
    /// CPU, and the threads that it makes inherit that.
    ///
    /// @return 0 or the error number
    private int initOnOwnThread(List<String> list) {
        // DPDK keeps pointers into the arguments
        Arena forever = Arena.global();
        long array = NativeFunction.zeroed(forever, (list.size() + 1L) * Long.BYTES);
        for (int i = 0; i < list.size(); i++) {
            Memory.putLong(
                    array + (long) i * Long.BYTES, NativeFunction.string(forever, list.get(i)));
        }
        int[] error = new int[1];
        Thread thread =
                Thread.ofPlatform()
                        .name("dpdk-init")
                        .start(() -> {
                            if (functions.init(list.size(), array) < 0) {
                                error[0] = functions.errno();
                            }
                        });
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return error[0];
    }

    private BalancerException failure(int error, List<String> list, int megabytes) {
        String reason = functions.describe(error) + " (EAL arguments: " + String.join(" ", list);
        if (error == EALREADY) {
            return new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "DPDK was started in this process before and cannot be started again:"
                            + " restart the process");
        }
        if (error == EINVAL) {
            return new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, "DPDK refuses to start: " + reason + ")");
        }
        return new BalancerException(
                ErrorCode.MEMORY, "DPDK cannot start with " + megabytes + " MB: " + reason + ")");
    }

    /// Nothing is ever in it: there is neither shared configuration nor telemetry. A folder that a
    /// killed process has left does no harm.
    private void removeRuntimeDirectory() {
        try {
            Files.deleteIfExists(Path.of(functions.runtimeDirectory()));
        } catch (IOException e) {
            LOG.debug("DPDK's run-time folder stays", e);
        }
    }

    /// Runs something that changes DPDK's state, alone. What DPDK logs meanwhile is collected and,
    /// if the action fails, added to the message.
    <T> T exclusively(Supplier<T> action) {
        synchronized (LOCK) {
            if (userLogs) {
                return action.get();
            }
            log.capture();
            try {
                T result = action.get();
                log.release();
                return result;
            } catch (BalancerException e) {
                List<String> lines = log.release();
                throw lines.isEmpty()
                        ? e
                        : new BalancerException(
                                e.code(),
                                e.getMessage() + "; DPDK says: " + String.join("; ", lines),
                                e);
            } catch (RuntimeException | Error e) {
                log.release();
                throw e;
            }
        }
    }

    Abi abi() {
        return abi;
    }

    EalFunctions functions() {
        return functions;
    }

    EthdevFunctions ethdev() {
        return ethdev;
    }

    PoolFunctions pools() {
        return pools;
    }

    boolean hugepages() {
        return hugepages;
    }

    int nextSerial() {
        return serial.getAndIncrement();
    }
}
