// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.HttpProbe;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// How one version of HTTP puts a request and takes its answer. Thread-safe.
interface HttpVersion {
    /// Its name in a TLS handshake (ALPN, RFC 7301).
    ///
    /// @return registered
    String protocol();

    /// Asks once, by a connection that is not used again.
    ///
    /// @param probe what
    /// @param authority the host to ask for
    /// @param in from the server
    /// @param out to it
    /// @return its answer
    /// @throws IOException if it is none
    HttpAnswer ask(HttpProbe probe, String authority, InputStream in, OutputStream out)
            throws IOException;

    /// Whether somebody wants to see the body.
    ///
    /// @param probe any
    /// @return true if it is to be read
    static boolean wantsBody(HttpProbe probe) {
        return !probe.contains().isEmpty() || !probe.matches().isEmpty();
    }
}
