// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.Ipv4Address;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// One of the Java runtime. For one thread.
final class ChannelSocket implements ConnectSocket {
    private final ProbeTarget target;
    private final SocketChannel channel;

    private ChannelSocket(ProbeTarget target, SocketChannel channel) {
        this.target = target;
        this.channel = channel;
    }

    /// Takes what it needs of this machine: what fails here says nothing of the server.
    static ChannelSocket of(ProbeTarget target) throws CannotAskException {
        try {
            SocketChannel channel = SocketChannel.open(family(target));
            try {
                channel.configureBlocking(false);
                delayAck(channel);
                if (target.source().isPresent()) {
                    channel.bind(SocketAddresses.source(target));
                }
                return new ChannelSocket(target, channel);
            } catch (IOException | RuntimeException | Error failed) {
                channel.close();
                throw failed;
            }
        } catch (IOException failed) {
            throw new CannotAskException(failed);
        }
    }

    private static StandardProtocolFamily family(ProbeTarget target) {
        return target.endpoint().address() instanceof Ipv4Address
                ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6;
    }

    /// By name, as it is of a module that need not be there, and of Linux.
    @SuppressWarnings("unchecked")
    private static void delayAck(SocketChannel channel) throws IOException {
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals("TCP_QUICKACK")) {
                channel.setOption((SocketOption<Boolean>) option, false);
            }
        }
    }

    @Override
    public boolean connect() throws IOException {
        return channel.connect(SocketAddresses.of(target.endpoint()));
    }

    @Override
    public boolean isOpen() throws IOException {
        return channel.finishConnect();
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        channel.write(ByteBuffer.wrap(bytes));
    }

    @Override
    public void reset() {
        try (channel) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException failed) {
            // it is closed all the same
        }
    }
}
