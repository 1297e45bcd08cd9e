// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/// A long stream of bytes that is the same each time and does not repeat in a short while: what is
/// sent through a balancer to see that it arrives unchanged.
public final class Pattern {
    private static final long SEED = 20260101;
    private static final int CHUNK = 1 << 16;

    private Pattern() {}

    /// Writes the first bytes of the stream.
    ///
    /// @param out where to
    /// @param length how many
    /// @throws IOException as the stream does
    public static void write(OutputStream out, long length) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] chunk = new byte[CHUNK];
        for (long left = length; left > 0; left -= CHUNK) {
            random.nextBytes(chunk);
            out.write(chunk, 0, (int) Math.min(left, CHUNK));
        }
    }

    /// The SHA-256 of the first bytes of the stream.
    ///
    /// @param length how many
    /// @return in hexadecimal
    public static String sha256(long length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            write(new DigestSink(digest), length);
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("a JDK has SHA-256, and a digest takes all bytes", e);
        }
    }
}
