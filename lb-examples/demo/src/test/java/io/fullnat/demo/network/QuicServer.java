// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.ReferenceCountUtil;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;

/// A server of HTTP/3 whose connection ids are those of QUIC-LB; a program of its own, so that it
/// can run in a namespace. It answers every request with its name, and says of each connection from
/// where it was when it asked.
public final class QuicServer {
    /// The ALPN protocol (RFC 9114 §3.1).
    private static final String HTTP3 = "h3";

    /// HEADERS with `:status: 200` of QPACK's static table (RFC 9114 §7.2.2, RFC 9204).
    private static final byte[] HEADERS = {0x01, 0x03, 0x00, 0x00, (byte) 0xD9};

    /// The control stream with empty SETTINGS (RFC 9114 §6.2.1, §7.2.4).
    private static final byte[] CONTROL = {0x00, 0x04, 0x00};

    private QuicServer() {}

    /// Serves until it is killed; prints `ready` first.
    ///
    /// @param arguments address, port, key store (PKCS #12) and its password, the server's name,
    ///   its id in hexadecimal digits, and the key of its connection ids or `clear`
    public static void main(String[] arguments) throws Exception {
        String name = arguments[4];
        Optional<String> key = Optional.of(arguments[6]).filter(word -> !word.equals("clear"));
        QuicLbIds ids = new QuicLbIds(HexFormat.of().parseHex(arguments[5]), key);
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        new Bootstrap()
                .group(group)
                .channel(NioDatagramChannel.class)
                .handler(
                        new QuicServerCodecBuilder()
                                .sslContext(context(Path.of(arguments[2]), arguments[3]))
                                .localConnectionIdLength(ids.maxConnectionIdLength())
                                .connectionIdAddressGenerator(ids)
                                .maxIdleTimeout(30, TimeUnit.SECONDS)
                                .initialMaxData(1 << 20)
                                .initialMaxStreamDataBidirectionalRemote(1 << 16)
                                .initialMaxStreamDataUnidirectional(1 << 16)
                                .initialMaxStreamsBidirectional(100)
                                .initialMaxStreamsUnidirectional(10)
                                .activeConnectionIdLimit(4)
                                .activeMigration(true)
                                .handler(new Greeting())
                                .streamHandler(new Streams(name))
                                .build())
                .bind(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])))
                .sync();
        System.out.println("ready");
    }

    private static QuicSslContext context(Path store, String password) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream bytes = Files.newInputStream(store)) {
            keys.load(bytes, password.toCharArray());
        }
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, password.toCharArray());
        return QuicSslContextBuilder.forServer(factory, password)
                .applicationProtocols(HTTP3)
                .build();
    }

    /// Opens the control stream of each connection.
    private static final class Greeting extends ChannelInboundHandlerAdapter {
        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            Object _ =
                    ((QuicChannel) context.channel())
                            .createStream(
                                    QuicStreamType.UNIDIRECTIONAL,
                                    new ChannelInboundHandlerAdapter())
                            .addListener(opened -> {
                                QuicStreamChannel control = (QuicStreamChannel) opened.getNow();
                                Object _ = control.writeAndFlush(Unpooled.copiedBuffer(CONTROL));
                            });
            context.fireChannelActive();
        }
    }

    /// Answers requests, and reads whatever else comes.
    private static final class Streams extends ChannelInitializer<QuicStreamChannel> {
        private final String name;

        Streams(String name) {
            this.name = name;
        }

        @Override
        protected void initChannel(QuicStreamChannel stream) {
            stream.pipeline().addLast(new Request(name));
        }
    }

    private static final class Request extends ChannelInboundHandlerAdapter {
        private final String name;

        Request(String name) {
            this.name = name;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object data) {
            ReferenceCountUtil.release(data);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            QuicStreamChannel stream = (QuicStreamChannel) context.channel();
            if (event == ChannelInputShutdownReadComplete.INSTANCE
                    && stream.type() == QuicStreamType.BIDIRECTIONAL) {
                byte[] body = name.getBytes(US_ASCII);
                ByteBuf answer = Unpooled.buffer();
                answer.writeBytes(HEADERS).writeByte(0x00).writeByte(body.length).writeBytes(body);
                Object _ =
                        stream.writeAndFlush(answer).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
                System.out.println("request from " + stream.parent().remoteSocketAddress());
            }
        }
    }
}
