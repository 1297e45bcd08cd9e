// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/// What a server does (draft-ietf-quic-load-balancers-21 §5.4), with numbers of as many bits as
/// half an id has.
final class QuicLbEncoder {
    private static final int BLOCK = 16;

    private QuicLbEncoder() {}

    static byte[] encrypt(byte[] plain, String key) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(HexFormat.of().parseHex(key), "AES"));
        if (plain.length == BLOCK) {
            return cipher.doFinal(plain);
        }
        int bits = plain.length * 4;
        BigInteger all = new BigInteger(1, plain);
        BigInteger left = all.shiftRight(bits);
        BigInteger right = all.mod(BigInteger.ONE.shiftLeft(bits));
        for (int pass = 1; pass <= 4; pass++) {
            if (pass % 2 == 1) {
                right = right.xor(mask(cipher, left, true, bits, plain.length, pass));
            } else {
                left = left.xor(mask(cipher, right, false, bits, plain.length, pass));
            }
        }
        return bytes(left.shiftLeft(bits).or(right), plain.length);
    }

    /// Of an odd number of bytes the left half ends, and the right one begins, within a byte.
    private static BigInteger mask(
            Cipher cipher, BigInteger half, boolean isLeft, int bits, int length, int pass)
            throws GeneralSecurityException {
        int bytes = (bits + 7) / 8;
        int unused = bytes * 8 - bits;
        byte[] block = new byte[BLOCK];
        byte[] expanded = bytes(isLeft ? half.shiftLeft(unused) : half, bytes);
        System.arraycopy(expanded, 0, block, 0, bytes);
        block[14] = (byte) length;
        block[15] = (byte) pass;
        BigInteger truncated =
                new BigInteger(1, cipher.doFinal(block)).shiftRight((BLOCK - bytes) * 8);
        return isLeft
                ? truncated.mod(BigInteger.ONE.shiftLeft(bits))
                : truncated.shiftRight(unused);
    }

    private static byte[] bytes(BigInteger number, int length) {
        byte[] padded = new byte[length];
        byte[] all = number.toByteArray();
        int count = Math.min(length, all.length);
        System.arraycopy(all, all.length - count, padded, length - count, count);
        return padded;
    }
}
