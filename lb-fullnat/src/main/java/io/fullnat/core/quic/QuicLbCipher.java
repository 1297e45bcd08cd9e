// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/// Decrypts what stands behind the first byte of connection ids of QUIC-LB
/// (draft-ietf-quic-load-balancers-21 §5.4, §5.5): one block of AES-128 if server id and nonce have
/// 16 bytes together, else a Feistel network of four rounds, of which the last is needed only for
/// server ids that are longer than half. Allocates nothing. For one thread.
final class QuicLbCipher {
    private static final int BLOCK = 16;
    private static final int LENGTH_AT = 14;
    private static final int PASS_AT = 15;
    private static final int HIGH_HALF = 0xF0;
    private static final int LOW_HALF = 0x0F;

    private final Cipher cipher;
    private final int length;
    private final int half;
    private final boolean isOdd;
    private final boolean isSingle;
    private final boolean needsRight;
    private final byte[] left = new byte[BLOCK];
    private final byte[] right = new byte[BLOCK];
    private final byte[] input = new byte[BLOCK];
    private final byte[] output = new byte[BLOCK];

    /// @param key 16 bytes in hexadecimal digits
    /// @param serverIdLength bytes
    /// @param length of server id and nonce
    QuicLbCipher(String key, int serverIdLength, int length) {
        this.length = length;
        half = (length + 1) / 2;
        isOdd = length % 2 == 1;
        isSingle = length == BLOCK;
        needsRight = serverIdLength > length / 2;
        try {
            cipher = Cipher.getInstance("AES/ECB/NoPadding");
            cipher.init(
                    isSingle ? Cipher.DECRYPT_MODE : Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(HexFormat.of().parseHex(key), "AES"));
        } catch (GeneralSecurityException missing) { // each Java platform has it
            throw new IllegalStateException(missing);
        }
    }

    /// Decrypts an id in place. Of the result the server id is right; the nonce may not be.
    ///
    /// @param bytes those behind the first
    void decrypt(byte[] bytes) {
        if (isSingle) {
            block(bytes, output);
            System.arraycopy(output, 0, bytes, 0, BLOCK);
            return;
        }
        split(bytes);
        round(4, right, left, HIGH_HALF, half - 1);
        round(3, left, right, LOW_HALF, 0);
        round(2, right, left, HIGH_HALF, half - 1);
        if (needsRight) {
            round(1, left, right, LOW_HALF, 0);
        }
        join(bytes);
    }

    private void split(byte[] bytes) {
        System.arraycopy(bytes, 0, left, 0, half);
        System.arraycopy(bytes, length - half, right, 0, half);
        if (isOdd) {
            left[half - 1] &= (byte) HIGH_HALF;
            right[0] &= LOW_HALF;
        }
    }

    private void join(byte[] bytes) {
        System.arraycopy(left, 0, bytes, 0, half);
        if (isOdd) {
            bytes[half - 1] = (byte) ((left[half - 1] & HIGH_HALF) | (right[0] & LOW_HALF));
            System.arraycopy(right, 1, bytes, half, half - 1);
        } else {
            System.arraycopy(right, 0, bytes, half, half);
        }
    }

    /// Changes one half by the other; of a middle byte that both share each keeps its part.
    private void round(int pass, byte[] from, byte[] to, int kept, int shared) {
        Arrays.fill(input, (byte) 0);
        System.arraycopy(from, 0, input, 0, half);
        input[LENGTH_AT] = (byte) length;
        input[PASS_AT] = (byte) pass;
        block(input, output);
        for (int i = 0; i < half; i++) {
            to[i] ^= output[i];
        }
        if (isOdd) {
            to[shared] &= (byte) kept;
        }
    }

    private void block(byte[] from, byte[] to) {
        try {
            int _ = cipher.update(from, 0, BLOCK, to, 0);
        } catch (GeneralSecurityException fault) { // there is room for a block
            throw new IllegalStateException(fault);
        }
    }
}
