// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the API and metrics are served: keys `api` and `metrics`. Immutable and thread-safe.
///
/// @param socket the Unix socket that commands use; empty if there shall be none
/// @param tcp empty unless configured
/// @param metrics where metrics alone are served; empty unless configured
public record ApiSettings(Optional<Path> socket, Optional<Tcp> tcp, Optional<Tcp> metrics) {
    /// Where commands look for a balancer unless they are told otherwise.
    public static final Path DEFAULT_SOCKET = Path.of("/run/fullnat.sock");

    /// What holds without the key: the default socket, or one in the folder that systemd has made
    /// for the service (`RuntimeDirectory=`), as only root may write to `/run`; no TCP.
    public static final ApiSettings DEFAULT =
            new ApiSettings(
                    Optional.of(socketOf(System.getenv("RUNTIME_DIRECTORY"))), Optional.empty());

    /// The socket of a service.
    ///
    /// @param folders of systemd, parted by colons; null if it has made none
    static Path socketOf(@Nullable String folders) {
        if (folders == null || !folders.startsWith("/")) {
            return DEFAULT_SOCKET;
        }
        int end = folders.indexOf(':');
        return Path.of(end < 0 ? folders : folders.substring(0, end), "fullnat.sock");
    }

    /// The API without a listener for metrics alone.
    ///
    /// @param socket the Unix socket that commands use; empty if there shall be none
    /// @param tcp empty unless configured
    public ApiSettings(Optional<Path> socket, Optional<Tcp> tcp) {
        this(socket, tcp, Optional.empty());
    }

    /// A TCP listener: on loopback with or without TLS, elsewhere only with TLS and a token.
    ///
    /// @param listen address and port
    /// @param tls empty for plain HTTP
    /// @param tokenFile holds the token that each request must bear; empty if none need, which the
    ///   file has to say
    public record Tcp(InetSocketAddress listen, Optional<Tls> tls, Optional<Path> tokenFile) {}

    /// A server's identity.
    ///
    /// @param certificate chain, PEM
    /// @param key private, PKCS #8, PEM
    public record Tls(Path certificate, Path key) {}
}
