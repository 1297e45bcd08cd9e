// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeTarget;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/// A TCP connection whose every wait ends with the probe's time, also those of TLS above it. For
/// one thread.
final class ProbeSocket extends Socket {
    private final Deadline deadline;

    private ProbeSocket(Deadline deadline) {
        this.deadline = deadline;
    }

    static ProbeSocket open(ProbeTarget target, Deadline deadline) throws IOException {
        ProbeSocket socket = new ProbeSocket(deadline);
        try {
            socket.prepare(target);
            InetSocketAddress server = SocketAddresses.of(target.endpoint());
            socket.connect(server, deadline.millis());
            byte[] greeting = target.greeting();
            if (greeting.length > 0) {
                socket.getOutputStream().write(greeting);
            }
            return socket;
        } catch (IOException | RuntimeException | Error failed) {
            socket.close();
            throw failed;
        }
    }

    /// Takes what it needs of this machine: what fails here says nothing of the server.
    private void prepare(ProbeTarget target) throws CannotAskException {
        try {
            setTcpNoDelay(true);
            if (target.source().isPresent()) {
                bind(SocketAddresses.source(target));
            }
        } catch (IOException failed) {
            throw new CannotAskException(failed);
        }
    }

    /// Lets it end by a reset, so that thousands of probes leave no connection in TIME-WAIT and no
    /// port taken.
    void endByReset() throws SocketException {
        setSoLinger(true, 0);
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
            @Override
            public int read() throws IOException {
                limit();
                return in.read();
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                limit();
                return in.read(into, offset, length);
            }
        };
    }

    private void limit() throws SocketException, SocketTimeoutException {
        setSoTimeout(deadline.millis());
    }
}
