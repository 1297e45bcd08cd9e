// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.JvmRequirements;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Why DPDK cannot be used here, found out before any class is touched that could not be loaded
/// again after a failure.
final class Unavailability {
    private static final Set<String> MACHINES = Set.of("amd64", "x86_64", "aarch64");

    private Unavailability() {}

    /// The first reason: the system, the JVM's flags, DPDK's libraries.
    ///
    /// @param load loads the libraries
    static Optional<String> reason(Runnable load) {
        return system(System.getProperty("os.name"), System.getProperty("os.arch"))
                .or(Unavailability::jvm)
                .or(() -> libraries(load));
    }

    static Optional<String> system(String name, String machine) {
        boolean known = name.equals("Linux") && MACHINES.contains(machine.toLowerCase(Locale.ROOT));
        return known
                ? Optional.empty()
                : Optional.of(
                        "DPDK ports are for Linux on x86-64 or arm64, this is "
                                + name
                                + " on "
                                + machine
                                + "; use ports of your own, or in memory");
    }

    private static Optional<String> jvm() {
        return JvmRequirements.missing().or(Unavailability::nativeAccess);
    }

    /// Without the flag the JVM warns, unless it was told to refuse.
    @SuppressWarnings("restricted")
    private static Optional<String> nativeAccess() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup("libc.so.6", arena);
            return Optional.empty();
        } catch (IllegalCallerException denied) {
            return Optional.of(
                    "the JVM does not allow native calls: start it with "
                            + JvmRequirements.nativeAccess(Unavailability.class));
        } catch (IllegalArgumentException noSuchLibrary) { // a C library other than glibc
            return Optional.empty();
        }
    }

    private static Optional<String> libraries(Runnable load) {
        try {
            load.run();
            return Optional.empty();
        } catch (BalancerException reason) {
            return Optional.of(String.valueOf(reason.getMessage()));
        } catch (RuntimeException | LinkageError failure) {
            return Optional.of("DPDK cannot be loaded: " + failure);
        }
    }

    /// Refuses to go on in a JVM that does not allow what is needed.
    ///
    /// @throws BalancerException [ErrorCode#UNSUPPORTED]
    static void requireJvm() {
        jvm().ifPresent(what -> {
            throw new BalancerException(ErrorCode.UNSUPPORTED, what);
        });
    }
}
