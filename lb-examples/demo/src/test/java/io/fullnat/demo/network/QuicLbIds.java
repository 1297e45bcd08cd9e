// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/// Connection ids of a server by QUIC-LB (draft-ietf-quic-load-balancers-21 §5.4), configuration 0,
/// with a nonce of as many bytes as make 17 in all with a key that encrypts one block, or without.
final class QuicLbIds implements QuicConnectionIdGenerator {
    private static final int LENGTH = 17;

    private final byte[] server;
    private final Optional<String> key;
    private long nonces;

    QuicLbIds(byte[] server, Optional<String> key) {
        this.server = server.clone();
        this.key = key;
    }

    /// The first byte says the configuration, 0, and how many follow. Nonces are counted, which is
    /// enough where nobody is to be deceived.
    private ByteBuffer next() {
        nonces++;
        byte[] block = new byte[LENGTH - 1];
        System.arraycopy(server, 0, block, 0, server.length);
        ByteBuffer.wrap(block).putLong(block.length - Long.BYTES, nonces);
        byte[] written = key.map(hex -> encrypted(block, hex)).orElse(block);
        return ByteBuffer.allocateDirect(LENGTH).put((byte) (LENGTH - 1)).put(written).flip();
    }

    private static byte[] encrypted(byte[] block, String hex) {
        try {
            Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
            cipher.init(
                    Cipher.ENCRYPT_MODE, new SecretKeySpec(HexFormat.of().parseHex(hex), "AES"));
            return cipher.doFinal(block);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
    }

    @Override
    public ByteBuffer newId(int length) {
        return next();
    }

    @Override
    public ByteBuffer newId(ByteBuffer input, int length) {
        return next();
    }

    @Override
    public int maxConnectionIdLength() {
        return LENGTH;
    }

    @Override
    public boolean isIdempotent() {
        return false;
    }
}
