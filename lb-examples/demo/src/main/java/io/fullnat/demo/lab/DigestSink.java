// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import java.io.OutputStream;
import java.security.MessageDigest;

/// Takes bytes for their digest only.
final class DigestSink extends OutputStream {
    private final MessageDigest digest;

    DigestSink(MessageDigest digest) {
        this.digest = digest;
    }

    @Override
    public void write(int octet) {
        digest.update((byte) octet);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
    }
}
