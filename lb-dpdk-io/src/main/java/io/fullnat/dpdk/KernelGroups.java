// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fullnat.api.MacAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The groups that the kernel listens to on an interface, as `/proc/net/dev_mcast` says
/// (proc_pid_net(5)), in the network namespace of the thread that opens it.
///
/// It is read by a file, not by a channel: an interrupt closes a channel for all who come after,
/// and to open it again another thread may be in another namespace. For one thread at a time.
final class KernelGroups implements AutoCloseable {
    /// Of the thread that opens it; what is open stays of its namespace.
    static final Path LIST = Path.of("/proc/thread-self/net/dev_mcast");

    private static final Logger LOG = LoggerFactory.getLogger(KernelGroups.class);
    private static final int CHUNK_BYTES = 16 << 10;
    private static final int INDEX_COLUMN = 0;
    private static final int MAC_COLUMN = 4;
    private static final int MAC_DIGITS = 12;

    private final String name;
    private final RandomAccessFile file;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private Set<MacAddress> last = Set.of();
    private boolean failing;

    /// Opens the list.
    ///
    /// @param list of all interfaces
    /// @param name of the interface, for messages
    /// @throws IOException if it cannot be opened
    KernelGroups(Path list, String name) throws IOException {
        this.name = name;
        file = new RandomAccessFile(list.toFile(), "r");
    }

    /// Reads them.
    ///
    /// @param index the number of the interface, which it keeps when its name changes
    /// @return the groups; those that were read last if they cannot be read now
    Set<MacAddress> read(int index) {
        try {
            last = parse(text(), Integer.toString(index));
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn(
                        "the groups that the kernel listens to on {} cannot be read; the last that"
                                + " were read are kept",
                        name,
                        e);
            }
            failing = true;
        }
        return last;
    }

    private String text() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream(CHUNK_BYTES);
        file.seek(0);
        for (int bytes = file.read(chunk); bytes > 0; bytes = file.read(chunk)) {
            text.write(chunk, 0, bytes);
        }
        return text.toString(US_ASCII);
    }

    /// A line says number and name of an interface, two counts, and the address of a group.
    private Set<MacAddress> parse(String text, String index) {
        Set<MacAddress> groups = new HashSet<>();
        for (String line : text.lines().toList()) {
            String[] words = line.strip().split("\\s+", -1);
            if (words.length > MAC_COLUMN
                    && words[INDEX_COLUMN].equals(index)
                    && words[MAC_COLUMN].length() == MAC_DIGITS) {
                groups.add(new MacAddress(HexFormat.fromHexDigitsToLong(words[MAC_COLUMN])));
            }
        }
        return groups;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.debug("closing", e);
        }
    }
}
