// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The bytes of a capture, counted, so that an error says where it is. For one thread.
final class CaptureBytes {
    private final String name;
    private final InputStream in;
    private long position;

    CaptureBytes(String name, InputStream in) {
        this.name = name;
        this.in = in;
    }

    /// How many bytes have been read.
    long position() {
        return position;
    }

    /// Reads so many bytes, or none at the end of the capture.
    ///
    /// @return empty at the end
    /// @throws BalancerException if it ends in between
    ByteBuffer readOrEnd(int count, String what, ByteOrder order) {
        try {
            byte[] bytes = in.readNBytes(count);
            if (bytes.length != 0 && bytes.length != count) {
                throw cutOff(what);
            }
            position += bytes.length;
            return ByteBuffer.wrap(bytes).order(order);
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, name + " cannot be read: " + Reason.of(e), e);
        }
    }

    /// Reads so many bytes.
    ///
    /// @throws BalancerException if it ends before
    ByteBuffer read(int count, String what, ByteOrder order) {
        ByteBuffer bytes = readOrEnd(count, what, order);
        if (bytes.limit() != count) {
            throw cutOff(what);
        }
        return bytes;
    }

    private BalancerException cutOff(String what) {
        return wrong("ends in the middle of " + what);
    }

    /// An error at this place.
    ///
    /// @param complaint what the file does
    BalancerException wrong(String complaint) {
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT, name + ": at byte " + position + ", it " + complaint);
    }
}
