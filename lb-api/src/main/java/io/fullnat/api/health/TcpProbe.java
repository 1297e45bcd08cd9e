// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/// A TCP connection is opened; some bytes are sent if there are any, and some awaited.
///
/// @param send what is sent first
/// @param expect what the server's first 64 KiB have to contain; with none, the connection is
///   enough
public record TcpProbe(Payload send, Payload expect) implements ProbeSpec {
    /// The word for it.
    public static final String WORD = "tcp";

    /// Checks that both are there.
    public TcpProbe {
        requireNonNull(send, "send");
        requireNonNull(expect, "expect");
    }

    /// The connection alone.
    public TcpProbe() {
        this(Payload.EMPTY, Payload.EMPTY);
    }

    static TcpProbe read(ProbeOptions options) {
        return new TcpProbe(
                options.parsed("send", "", Payload::parse),
                options.parsed("expect", "", Payload::parse));
    }

    @Override
    public String word() {
        return WORD;
    }

    @Override
    public Map<String, String> options() {
        return new ProbeOptions.Told()
                .put("send", send, Payload.EMPTY)
                .put("expect", expect, Payload.EMPTY)
                .map();
    }

    @Override
    public String toString() {
        return ProbeOptions.line(word(), options());
    }
}
