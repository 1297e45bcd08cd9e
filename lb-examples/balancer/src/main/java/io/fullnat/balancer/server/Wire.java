// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/// A connection as the HTTP library sees it. The library refuses HTTP/1.0: here its request lines
/// become those of HTTP/1.1 on their way, and who answers is told. Used by the connection's thread.
final class Wire implements ConnectionContext {
    /// The connection that the running thread serves.
    static final ScopedValue<Wire> CURRENT = ScopedValue.newInstance();

    private static final byte[] OLD_VERSION = " HTTP/1.0".getBytes(StandardCharsets.US_ASCII);

    private final ConnectionContext plain;
    private final GuardedSocket socket;
    private final DataReader reader;
    private boolean old;

    Wire(ConnectionContext plain, GuardedSocket socket) {
        this.plain = plain;
        this.socket = socket;
        reader = new Reader();
    }

    /// Whether the request that is being answered is of HTTP/1.0.
    static boolean isOld() {
        return CURRENT.isBound() && CURRENT.get().old;
    }

    /// Passes on what the plain reader reads, request lines in the newer version.
    private final class Reader extends DataReader {
        @SuppressWarnings(
                "removal") // of a public constructor: a reader is to be made, not to be one
        Reader() {
            super(() -> {
                DataReader from = plain.dataReader();
                from.ensureAvailable();
                return from.readBytes(from.available());
            });
        }

        @Override
        public byte[] readBytes(int length) {
            byte[] bytes = super.readBytes(length);
            if (socket.isIdle()) { // what is waited for is a request line
                int end = Math.max(0, bytes.length - OLD_VERSION.length);
                old = Arrays.equals(bytes, end, bytes.length, OLD_VERSION, 0, OLD_VERSION.length);
                if (old) {
                    bytes[bytes.length - 1] = '1';
                }
            }
            return bytes;
        }
    }

    /// The bytes of a connection, past the library, which must not be told to answer then.
    OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                try {
                    plain.dataWriter()
                            .writeNow(
                                    BufferData.create(
                                            Arrays.copyOfRange(bytes, from, from + length)));
                } catch (UncheckedIOException e) {
                    throw e.getCause();
                }
            }
        };
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public ListenerContext listenerContext() {
        return plain.listenerContext();
    }

    @Override
    public ExecutorService executor() {
        return plain.executor();
    }

    @Override
    public DataWriter dataWriter() {
        return plain.dataWriter();
    }

    @Override
    public Router router() {
        return plain.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
        return plain.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
        return plain.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
        return plain.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return plain.localPeer();
    }

    @Override
    public boolean isSecure() {
        return plain.isSecure();
    }

    @Override
    public String socketId() {
        return plain.socketId();
    }

    @Override
    public String childSocketId() {
        return plain.childSocketId();
    }
}
