// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;

/// The device of `steering_ring.c`: a loopback device in memory that takes flow rules. There is one
/// at a time.
final class SteeringDevice {
    /// The DPDK whose internal structures the C file knows.
    private static final int KNOWN_ABI = 23;

    private static final String SOURCE = "steering_ring.c";

    private final NativeFunction make;
    private final NativeFunction rules;
    private int made;

    /// Compiles the C file and loads it for good.
    ///
    /// @param folder for its library
    SteeringDevice(Path folder) {
        Prerequisite.dpdk();
        Prerequisite.headers();
        int abi = DpdkLibraries.open().abi().number();
        Assumptions.assumeTrue(abi == KNOWN_ABI, SOURCE + " is for ABI " + KNOWN_ABI);
        Path library = compile(folder);
        SymbolLookup symbols = NativeFunction.open(library.toString());
        make = NativeFunction.of(symbols, "steering_ring_make", JAVA_INT, JAVA_LONG, JAVA_INT);
        rules = NativeFunction.of(symbols, "steering_ring_rules", JAVA_INT);
    }

    private static Path compile(Path folder) {
        Path source = folder.resolve(SOURCE);
        Path library = folder.resolve("libsteering_ring.so");
        try (InputStream text = SteeringDevice.class.getResourceAsStream(SOURCE)) {
            Files.copy(Objects.requireNonNull(text, SOURCE), source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Prerequisite.run(
                "sh",
                "-c",
                "gcc -Wall -Wextra -Werror -O1 -shared -fPIC $(pkg-config --cflags libdpdk) -o '"
                        + library
                        + "' '"
                        + source
                        + "' $(pkg-config --libs libdpdk)");
        return library;
    }

    /// Makes the device, which goes when its port is closed. DPDK runs.
    ///
    /// @param room for rules
    /// @return its name
    String make(int room) {
        String name = "net_ring_fn" + made++; // the ring adds to it, and has 32 characters
        try (Arena arena = Arena.ofConfined()) {
            long port = make.call(NativeFunction.string(arena, name), room);
            if (port < 0) {
                throw new IllegalStateException(SOURCE + " returns " + port);
            }
        }
        return name;
    }

    /// How many rules it has now.
    int rules() {
        return (int) rules.call();
    }
}
