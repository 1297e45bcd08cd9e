// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.TlsProbe;
import java.io.IOException;
import javax.net.ssl.SSLSocket;

/// Opens a TLS connection. Thread-safe.
final class TlsHandshake implements Attempt {
    private final TlsClient client;

    TlsHandshake(TlsProbe probe) {
        client = new TlsClient(probe.tls());
    }

    @Override
    @SuppressWarnings("resource") // what is above the connection ends with it
    public ProbeResult ask(ProbeTarget target, Deadline deadline) throws IOException {
        try (ProbeSocket socket = ProbeSocket.open(target, deadline)) {
            SSLSocket tls = client.over(socket, target);
            ProbeResult result = ProbeResult.passed(tls.getSession().getProtocol());
            TlsClient.end(tls);
            return result;
        }
    }
}
