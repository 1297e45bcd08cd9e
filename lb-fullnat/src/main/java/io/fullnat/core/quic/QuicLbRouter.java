// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import io.fullnat.api.service.QuicConfig;
import io.fullnat.api.service.RealServer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Connection ids of QUIC-LB: the first three bits say by which configuration the rest is to be
/// read. For one thread.
final class QuicLbRouter extends QuicRouter {
    private static final int NUMBER_SHIFT = 5;
    private static final int PRINT_FACTOR = 0x9E37_79B1;

    private final @Nullable Decoder[] decoders = new Decoder[QuicConfig.MAX_CONFIGS + 1];
    private final byte[] bytes = new byte[QuicId.MAX_LENGTH];

    private record Decoder(
            int serverIdLength, int length, @Nullable QuicLbCipher cipher, ServerIds servers) {}

    QuicLbRouter(List<QuicConfig> configs, List<RealServer> servers) {
        for (QuicConfig config : configs) {
            int id = config.serverIdLength();
            int length = id + config.nonceLength();
            decoders[config.number()] =
                    new Decoder(
                            id,
                            length,
                            config.key().map(key -> new QuicLbCipher(key, id, length)).orElse(null),
                            new ServerIds(servers, id));
        }
    }

    /// Behind the first byte all bits of an encrypted id depend on its server and its nonce, and it
    /// has five more at least.
    @Override
    public int print(QuicId id) {
        Decoder decoder = id.length() == 0 ? null : decoders[id.octet(0) >> NUMBER_SHIFT];
        if (decoder == null || decoder.cipher == null || id.length() <= decoder.length) {
            return READ_AS_FAST;
        }
        int print = (int) (id.word(0) >>> 24) * PRINT_FACTOR ^ (int) (id.word(0) >>> 16);
        return print == 0 || print == READ_AS_FAST ? ~print : print;
    }

    @Override
    public int find(QuicId id) {
        if (id.length() == 0) {
            return NONE;
        }
        Decoder decoder = decoders[id.octet(0) >> NUMBER_SHIFT];
        if (decoder == null || id.length() <= decoder.length) {
            return NONE;
        }
        for (int i = 0; i < decoder.length; i++) {
            bytes[i] = (byte) id.octet(i + 1);
        }
        if (decoder.cipher != null) {
            decoder.cipher.decrypt(bytes);
        }
        return decoder.servers.find(bytes, decoder.serverIdLength);
    }
}
