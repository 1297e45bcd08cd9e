// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/// Whom a probe asks. Immutable and thread-safe.
///
/// @param endpoint address and port that is probed, which may be another than clients' packets go
///   to
/// @param source the address to ask from; empty for the system's choice
/// @param timeout by when the answer must be there
/// @param proxy by which header of the PROXY protocol it hears that it is no client who asks; never
///   [HealthCheck.Proxy#SERVICE]
public record ProbeTarget(
        Endpoint endpoint, Optional<IpAddress> source, Duration timeout, HealthCheck.Proxy proxy) {
    private static final byte[] NONE = {};
    private static final byte[] TEXT = "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII);

    /// Signature, version 2 and LOCAL, no family, no length.
    private static final byte[] BINARY = {
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0, 0, 0
    };

    /// Whom a probe asks that begins with no header.
    ///
    /// @param endpoint address and port that is probed
    /// @param source the address to ask from; empty for the system's choice
    /// @param timeout by when the answer must be there
    public ProbeTarget(Endpoint endpoint, Optional<IpAddress> source, Duration timeout) {
        this(endpoint, source, timeout, HealthCheck.Proxy.NONE);
    }

    /// Refuses null.
    public ProbeTarget {
        requireNonNull(endpoint, "endpoint");
        requireNonNull(source, "source");
        requireNonNull(timeout, "timeout");
        requireNonNull(proxy, "proxy");
        if (proxy == HealthCheck.Proxy.SERVICE) {
            throw new IllegalArgumentException("the form of a service is none by itself");
        }
    }

    /// What each connection of the probe, and each datagram, is to begin with.
    ///
    /// @return the header ([#proxy()]); empty for none
    public byte[] greeting() {
        return (switch (proxy) {
                    case V1 -> TEXT;
                    case V2 -> BINARY;
                    default -> NONE;
                })
                .clone();
    }
}
