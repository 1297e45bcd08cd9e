// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What DPDK logs. While ports are opened and closed, its lines go to a file in memory, from which
/// they are told to the logger of this class (DEBUG) or, on failure, in the exception. At other
/// times only errors are logged, on standard error.
///
/// Guarded by [Eal]'s lock.
final class EalLog {
    private static final Logger LOG = LoggerFactory.getLogger(EalLog.class);

    /// `RTE_LOG_ERR` and `RTE_LOG_WARNING`.
    private static final int ERRORS = 4;

    private static final int WARNINGS = 5;
    private static final int TAIL_LINES = 6;

    private final EalFunctions eal;
    private final Path file;
    private final long stream;

    /// Makes the file.
    ///
    /// @param eal the library, not necessarily started
    EalLog(EalFunctions eal) {
        this.eal = eal;
        NativeFunction create = NativeFunction.ofC("memfd_create", JAVA_INT, JAVA_LONG, JAVA_INT);
        NativeFunction open = NativeFunction.ofC("fdopen", JAVA_LONG, JAVA_INT, JAVA_LONG);
        try (Arena arena = Arena.ofConfined()) {
            long descriptor = create.call(NativeFunction.string(arena, "dpdk-log"), 0);
            file = Path.of("/proc/self/fd/" + descriptor);
            stream = open.call(descriptor, NativeFunction.string(arena, "a"));
        }
    }

    /// Starts to collect.
    void capture() {
        eal.logTo(stream);
        eal.logLevel(WARNINGS);
    }

    /// Stops to collect.
    ///
    /// @return the last lines
    List<String> release() {
        eal.logLevel(ERRORS);
        eal.logTo(0);
        List<String> lines;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            channel.truncate(0);
            lines = text.lines().filter(line -> !line.isBlank()).toList();
        } catch (IOException e) {
            LOG.debug("DPDK's log cannot be read", e);
            return List.of();
        }
        lines.forEach(LOG::debug);
        return lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
    }
}
