// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many memory nodes the machine has.
public final class NumaNodes {
    private static final Path ONLINE = Path.of("/sys/devices/system/node/online");

    private NumaNodes() {}

    /// Whether it matters which thread touches memory first.
    ///
    /// @return false on a machine with one node, or that does not tell
    public static boolean areSeveral() {
        return areSeveral(ONLINE);
    }

    /// @param online the kernel's list of nodes, such as `0` or `0-1`
    static boolean areSeveral(Path online) {
        try {
            return Files.readString(online).strip().matches("\\d+[-,].*");
        } catch (IOException absent) {
            return false;
        }
    }
}
