// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.config.ApiSettings;
import java.util.Optional;

/// The right to serve the API at a Unix socket, held from before the ports are opened until after
/// they are closed: of balancers that start at the same moment all but one end before they touch a
/// packet. For one thread.
public final class SocketClaim implements AutoCloseable {
    private final Optional<SocketFile> file;

    private SocketClaim(Optional<SocketFile> file) {
        this.file = file;
    }

    /// Claims the place.
    ///
    /// @param settings which socket; if it has none, nothing is claimed
    /// @return to be closed after what it was claimed for
    /// @throws BalancerException if another has the place, or it cannot be used; it says what to do
    public static SocketClaim of(ApiSettings settings) {
        return new SocketClaim(settings.socket().map(SocketFile::prepare));
    }

    Optional<SocketFile> file() {
        return file;
    }

    /// Lets others have the place. Idempotent.
    @Override
    public void close() {
        file.ifPresent(SocketFile::release);
    }
}
