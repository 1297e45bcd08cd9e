// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import java.io.IOException;
import java.util.List;

/// Lets a package's scripts believe that systemd runs, and keeps what they ask of it, each with
/// whether the package's files are there then.
final class SystemdCalls implements AutoCloseable {
    private static final String RECORDER =
            """
            #!/bin/sh
            there=without; [ ! -x /usr/lib/fullnat/runtime/bin/java ] || there=with
            echo "$there files: ${0##*/} $*" >> /run/systemd/calls
            """;
    private static final List<String> PROGRAMS =
            List.of("/usr/bin/systemctl", "/usr/bin/deb-systemd-invoke");

    private final CleanRoot root;

    SystemdCalls(CleanRoot root) throws IOException, InterruptedException {
        this.root = root;
        root.run(
                "mkdir -p /run/systemd/system && cat > /run/systemd/recorder << 'EOF'\n"
                        + RECORDER
                        + "EOF\nchmod 755 /run/systemd/recorder; : > /run/systemd/calls");
        for (String program : PROGRAMS) {
            root.run("mount --bind /run/systemd/recorder " + program);
        }
    }

    /// What the package's scripts asked so far, without what systemd's own asks after each unit
    /// that comes or goes.
    List<String> calls() throws IOException, InterruptedException {
        return root.run("cat /run/systemd/calls")
                .lines()
                .filter(line -> !line.endsWith(": systemctl daemon-reload"))
                .toList();
    }

    @Override
    public void close() throws IOException {
        try {
            for (String program : PROGRAMS) {
                root.run("umount " + program);
            }
            root.run("rm -r /run/systemd/system /run/systemd/recorder /run/systemd/calls");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
