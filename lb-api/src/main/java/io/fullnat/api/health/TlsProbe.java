// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/// A TLS connection is opened, to the end of its handshake.
///
/// @param tls how
public record TlsProbe(TlsSettings tls) implements ProbeSpec {
    /// The word for it.
    public static final String WORD = "tls";

    /// Checks that it is there.
    public TlsProbe {
        requireNonNull(tls, "tls");
    }

    static TlsProbe read(ProbeOptions options) {
        return new TlsProbe(TlsSettings.read(options));
    }

    @Override
    public String word() {
        return WORD;
    }

    @Override
    public Map<String, String> options() {
        return tls.tell(new ProbeOptions.Told()).map();
    }

    @Override
    public String toString() {
        return ProbeOptions.line(word(), options());
    }
}
