// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The option that commands to a running balancer have in common.
public final class SocketOption {
    static final String NAME = "--socket";

    @Option(
            names = NAME,
            paramLabel = "PATH",
            defaultValue = "${env:" + RemoteCommands.SOCKET_VARIABLE + ":-/run/fullnat.sock}",
            description = "Where the balancer listens (default: ${DEFAULT-VALUE}).")
    private Path path;

    /// Where it listens.
    public Path path() {
        return path;
    }
}
