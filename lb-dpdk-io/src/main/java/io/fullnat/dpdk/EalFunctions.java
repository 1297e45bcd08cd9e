// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.fullnat.api.io.Memory;
import java.lang.foreign.SymbolLookup;

/// The functions of `librte_eal` that we call.
final class EalFunctions {
    /// `LCORE_ID_ANY`: the thread is not known to DPDK.
    static final int NO_LCORE = -1;

    private final SymbolLookup library;
    private final NativeFunction version;
    private final NativeFunction init;
    private final NativeFunction strerror;
    private final NativeFunction runtimeDirectory;
    private final NativeFunction probe;
    private final NativeFunction remove;
    private final NativeFunction threadRegister;
    private final NativeFunction threadUnregister;
    private final NativeFunction logStream;
    private final NativeFunction logLevel;

    EalFunctions(SymbolLookup library) {
        this.library = library;
        version = NativeFunction.of(library, "rte_version", JAVA_LONG);
        init = NativeFunction.of(library, "rte_eal_init", JAVA_INT, JAVA_INT, JAVA_LONG);
        strerror = NativeFunction.of(library, "rte_strerror", JAVA_LONG, JAVA_INT);
        runtimeDirectory = NativeFunction.of(library, "rte_eal_get_runtime_dir", JAVA_LONG);
        probe = NativeFunction.of(library, "rte_dev_probe", JAVA_INT, JAVA_LONG);
        remove =
                NativeFunction.of(
                        library, "rte_eal_hotplug_remove", JAVA_INT, JAVA_LONG, JAVA_LONG);
        threadRegister = NativeFunction.of(library, "rte_thread_register", JAVA_INT);
        threadUnregister = NativeFunction.of(library, "rte_thread_unregister", null);
        logStream = NativeFunction.of(library, "rte_openlog_stream", JAVA_INT, JAVA_LONG);
        logLevel = NativeFunction.of(library, "rte_log_set_global_level", null, JAVA_INT);
    }

    String version() {
        return NativeFunction.stringAt(version.call());
    }

    /// Starts DPDK, once a process, and pins the calling thread.
    ///
    /// @return negative on error; then [#errno()] says why
    int init(int count, long arguments) {
        return (int) init.call(count, arguments);
    }

    /// The text of a positive error number of DPDK.
    String describe(int errno) {
        return NativeFunction.stringAt(strerror.call(errno));
    }

    String runtimeDirectory() {
        return NativeFunction.stringAt(runtimeDirectory.call());
    }

    /// Looks for a device and attaches it.
    ///
    /// @return 0, also if the device is there already, or a negative error number
    int probe(long deviceArguments) {
        return (int) probe.call(deviceArguments);
    }

    /// Detaches a device.
    ///
    /// @return 0 or a negative error number
    int remove(long bus, long device) {
        return (int) remove.call(bus, device);
    }

    /// Gives the calling thread an lcore id.
    ///
    /// @return negative if there is none left
    int registerThread() {
        return (int) threadRegister.call();
    }

    void unregisterThread() {
        threadUnregister.call();
    }

    /// The calling thread's lcore id or [#NO_LCORE].
    int lcore() {
        return threadLocal("per_lcore__lcore_id");
    }

    /// The error number of the last call that the calling thread made.
    int errno() {
        return threadLocal("per_lcore__rte_errno");
    }

    void logTo(long stream) {
        logStream.call(stream);
    }

    void logLevel(int level) {
        logLevel.call(level);
    }

    /// The loader resolves a thread-local symbol to the copy of the thread that asks, so the
    /// address must not be kept.
    private int threadLocal(String symbol) {
        return library.find(symbol).map(found -> Memory.getInt(found.address())).orElse(NO_LCORE);
    }
}
