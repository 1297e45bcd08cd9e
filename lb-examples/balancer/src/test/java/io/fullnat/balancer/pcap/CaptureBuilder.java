// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Captures as other programs write them, block by block, right or wrong.
final class CaptureBuilder {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteOrder order;

    CaptureBuilder(ByteOrder order) {
        this.order = order;
    }

    private byte[] halves(int first, int second) {
        ByteBuffer bytes = ByteBuffer.allocate(4);
        bytes.order(order);
        bytes.putShort((short) first).putShort((short) second);
        return bytes.array();
    }

    private byte[] intBytes(int value) {
        ByteBuffer bytes = ByteBuffer.allocate(4);
        bytes.order(order);
        bytes.putInt(value);
        return bytes.array();
    }

    CaptureBuilder raw(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    CaptureBuilder words(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length);
        bytes.order(order);
        for (int word : words) {
            bytes.putInt(word);
        }
        return raw(bytes.array());
    }

    CaptureBuilder pcapHeader(int magic, int link) {
        words(magic);
        raw(halves(2, 4));
        return words(0, 0, 65_535, link);
    }

    CaptureBuilder pcapPacket(int seconds, int fraction, byte... bytes) {
        return words(seconds, fraction, bytes.length, bytes.length).raw(bytes);
    }

    CaptureBuilder block(int type, byte... body) {
        byte[] padded = Arrays.copyOf(body, Pcapng.padded(body.length));
        int length = padded.length + 12;
        return words(type, length).raw(padded).words(length);
    }

    CaptureBuilder section() {
        ByteBuffer body = ByteBuffer.allocate(16);
        body.order(order);
        body.putInt(Pcapng.ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        return block(Pcapng.SECTION_HEADER, body.array());
    }

    CaptureBuilder addInterface(int link, byte[]... options) {
        return addInterface(link, 65_535, options);
    }

    CaptureBuilder addInterface(int link, int snapLength, byte[]... options) {
        return block(
                Pcapng.INTERFACE, concat(concat(halves(link, 0), intBytes(snapLength)), options));
    }

    CaptureBuilder packet(int number, long time, byte[] bytes, byte[]... options) {
        ByteBuffer head = ByteBuffer.allocate(20);
        head.order(order);
        head.putInt(number).putInt((int) (time >>> 32)).putInt((int) time);
        head.putInt(bytes.length).putInt(bytes.length);
        byte[] padded = Arrays.copyOf(bytes, Pcapng.padded(bytes.length));
        List<byte[]> parts = new ArrayList<>(List.of(padded));
        parts.addAll(List.of(options));
        return block(Pcapng.PACKET, concat(head.array(), parts.toArray(byte[][]::new)));
    }

    byte[] option(int code, byte... value) {
        return concat(
                halves(code, value.length), Arrays.copyOf(value, Pcapng.padded(value.length)));
    }

    private static byte[] concat(byte[] first, byte[]... more) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first);
        for (byte[] each : more) {
            all.writeBytes(each);
        }
        return all.toByteArray();
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
