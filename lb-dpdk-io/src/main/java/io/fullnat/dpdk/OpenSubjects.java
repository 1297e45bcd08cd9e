// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// What this process has opened: an interface that is opened twice gives each packet to both ports,
/// and a PCI device fails in the driver with a number.
final class OpenSubjects {
    private static final Set<String> OPEN = new HashSet<>();

    private final Set<String> mine = new HashSet<>();

    /// Claims what a configuration opens, all of it or nothing.
    ///
    /// @throws BalancerException [ErrorCode#DEVICE] if some of it is open already
    static OpenSubjects claim(DpdkConfig config) {
        OpenSubjects claimed = new OpenSubjects();
        String namespace = namespace();
        synchronized (OPEN) {
            for (DpdkPortConfig port : config.ports()) {
                port.device()
                        .subject()
                        .ifPresent(subject -> {
                            String here =
                                    subject.startsWith("interface ")
                                            ? subject + namespace
                                            : subject;
                            if (OPEN.contains(here)) {
                                throw new BalancerException(
                                        ErrorCode.DEVICE,
                                        "port "
                                                + port.name()
                                                + ": "
                                                + subject
                                                + " is open already in this process; close that"
                                                + " first");
                            }
                            claimed.mine.add(here);
                        });
            }
            OPEN.addAll(claimed.mine);
        }
        return claimed;
    }

    /// Interfaces of the same name in two network namespaces are two.
    private static String namespace() {
        try {
            return " in " + Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
        } catch (IOException unknown) {
            return "";
        }
    }

    /// They are closed.
    void release() {
        synchronized (OPEN) {
            OPEN.removeAll(mine);
        }
    }
}
