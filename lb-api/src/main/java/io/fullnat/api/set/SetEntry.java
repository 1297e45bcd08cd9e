// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.Protocol;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/// One entry of a set, in the one form that it has however it was written: networks without bits
/// beyond their length, ranges taken apart. Small, for sets have 100,000 of them. Made by
/// [IpSet#parse]. Immutable and thread-safe.
///
/// A port is a number of 24 bits, that of the protocol (0: any) and then that of the port (0: any,
/// but in sets of ports alone); prefix lengths are those of addresses of 128 bits
/// ([IpPrefix#mappedLength()]).
public final class SetEntry {
    /// The length of a network that an entry does not have.
    public static final int NONE = -1;

    /// About what an entry takes, and a set without any.
    static final int BYTES = 96;

    /// Orders entries by what they name, in which no two of a set are the same; comment, exception
    /// and link address are not asked.
    public static final Comparator<SetEntry> BY_NAME = SetEntry::compareNames;

    final long high;
    final long low;
    final long secondHigh;
    final long secondLow;
    final long mac;
    final int port;
    final int secondPort;
    final byte length;
    final byte secondLength;
    final boolean nomatch;
    final SetType type;
    final String device;
    final String comment;

    /// What is known of an entry that is being made.
    static final class Parts {
        long high;
        long low;
        long secondHigh;
        long secondLow;
        long mac;
        int port;
        int secondPort;
        int length = NONE;
        int secondLength = NONE;
        String device = "";
    }

    SetEntry(SetType type, Parts parts, boolean nomatch, String comment) {
        this.type = type;
        high = parts.high;
        low = parts.low;
        secondHigh = parts.secondHigh;
        secondLow = parts.secondLow;
        mac = parts.mac;
        port = parts.port;
        secondPort = parts.secondPort;
        // 128 is -128: only [#length(byte)] reads them
        length = (byte) parts.length;
        secondLength = (byte) parts.secondLength;
        device = parts.device;
        this.nomatch = nomatch;
        this.comment = comment;
    }

    private static int length(byte stored) {
        return stored == NONE ? NONE : stored & 0xFF;
    }

    /// The first half of its first address, as in [IpAddress#high()].
    ///
    /// @return 0 if it has none
    public long high() {
        return high;
    }

    /// The last half.
    ///
    /// @return 0 if it has none
    public long low() {
        return low;
    }

    /// The prefix length of its first network.
    ///
    /// @return 0 to 128, or [#NONE]
    public int length() {
        return length(length);
    }

    /// Its first port.
    ///
    /// @return protocol and number, 0 if it has none or any
    public int port() {
        return port;
    }

    /// The first half of its second address.
    ///
    /// @return 0 if it has none
    public long secondHigh() {
        return secondHigh;
    }

    /// The last half.
    ///
    /// @return 0 if it has none
    public long secondLow() {
        return secondLow;
    }

    /// The prefix length of its second network.
    ///
    /// @return 0 to 128, or [#NONE]
    public int secondLength() {
        return length(secondLength);
    }

    /// Its second port.
    ///
    /// @return protocol and number, 0 if it has none or any
    public int secondPort() {
        return secondPort;
    }

    /// Its link address.
    ///
    /// @return 48 bits, 0 if it has none or any
    public long mac() {
        return mac;
    }

    /// Its device.
    ///
    /// @return a name, empty if it has none
    public String device() {
        return device;
    }

    /// Whether what it names is out of the set, though a larger entry is in it.
    ///
    /// @return true for an exception
    public boolean isException() {
        return nomatch;
    }

    /// What its operator notes of it.
    ///
    /// @return one line, empty if there is none
    public String comment() {
        return comment;
    }

    /// Its first network or address.
    ///
    /// @return empty if it has none
    public Optional<IpPrefix> network() {
        return prefix(high, low, length());
    }

    /// Its second network or address.
    ///
    /// @return empty if it has none
    public Optional<IpPrefix> secondNetwork() {
        return prefix(secondHigh, secondLow, secondLength());
    }

    private static Optional<IpPrefix> prefix(long high, long low, int length) {
        if (length == NONE) {
            return Optional.empty();
        }
        IpAddress address = IpAddress.of(high, low);
        return Optional.of(new IpPrefix(address, length - (128 - address.bitLength())));
    }

    private static int compareNames(SetEntry one, SetEntry other) {
        int order = Long.compareUnsigned(one.high, other.high);
        order = order != 0 ? order : Long.compareUnsigned(one.low, other.low);
        order = order != 0 ? order : Integer.compare(one.length(), other.length());
        order = order != 0 ? order : Integer.compare(one.port, other.port);
        order = order != 0 ? order : Long.compareUnsigned(one.secondHigh, other.secondHigh);
        order = order != 0 ? order : Long.compareUnsigned(one.secondLow, other.secondLow);
        order = order != 0 ? order : Integer.compare(one.secondLength(), other.secondLength());
        order = order != 0 ? order : Integer.compare(one.secondPort, other.secondPort);
        return order != 0 ? order : one.device.compareTo(other.device);
    }

    /// How much it says: an entry that says more about what a question names goes before one that
    /// says less. Longer networks first, the first before the second, then ports before any. The
    /// same for all entries with such prefix lengths and ports.
    ///
    /// @return a number to compare
    public long precision() {
        return ((length() + 1L) * 256 + secondLength() + 1) * 16
                + portPrecision(port) * 4L
                + portPrecision(secondPort);
    }

    private int portPrecision(int of) {
        boolean number = (of & 0xFFFF) != 0;
        return (number ? 2 : 0) + (of >>> 16 != 0 ? 1 : 0);
    }

    /// Whether an entry that stands for one thing is within this one, as packets are: where this
    /// one has any protocol, port or link address, all are.
    boolean covers(SetEntry one) {
        return isIn(high, low, length(), one.high, one.low)
                && isIn(secondHigh, secondLow, secondLength(), one.secondHigh, one.secondLow)
                && coversPort(port, one.port)
                && coversPort(secondPort, one.secondPort)
                && (mac == 0 || one.mac == 0 || mac == one.mac)
                && device.equals(one.device);
    }

    private boolean coversPort(int own, int asked) {
        boolean protocol = own >>> 16 == 0 || own >>> 16 == asked >>> 16;
        boolean anyPort = type != SetType.BITMAP_PORT && (own & 0xFFFF) == 0;
        return protocol && (anyPort || (own & 0xFFFF) == (asked & 0xFFFF));
    }

    private static boolean isIn(long high, long low, int length, long oneHigh, long oneLow) {
        if (length <= 0) {
            return true;
        }
        if (length <= Long.SIZE) {
            return (high ^ oneHigh) >>> (Long.SIZE - length) == 0;
        }
        return high == oneHigh && (low ^ oneLow) >>> (2 * Long.SIZE - length) == 0;
    }

    /// As commands and files write it, without comment and exception.
    ///
    /// @return for example `192.0.2.0/24,tcp:80`
    public String name() {
        StringBuilder text = new StringBuilder();
        boolean second = false;
        boolean secondPorts = false;
        for (SetType.Part part : type.parts()) {
            String separator = text.isEmpty() ? "" : ",";
            switch (part) {
                case ADDRESS, NETWORK -> {
                    IpPrefix prefix = (second ? secondNetwork() : network()).orElseThrow();
                    text.append(separator)
                            .append(part == SetType.Part.NETWORK ? prefix : prefix.address());
                    second = true;
                }
                case PORT -> {
                    text.append(separator).append(portName(secondPorts ? secondPort : port));
                    secondPorts = true;
                }
                case MAC -> text.append(mac == 0 ? "" : separator + new MacAddress(mac));
                case DEVICE -> text.append(separator).append(device);
            }
        }
        return text.toString();
    }

    private static String portName(int port) {
        int number = port & 0xFFFF;
        return port >>> 16 == 0
                ? Integer.toString(number)
                : Protocol.of(port >>> 16).name().toLowerCase(Locale.ROOT) + ":" + number;
    }

    /// The member that it is made of.
    ///
    /// @return its name with exception and comment
    public SetMember member() {
        return new SetMember(name(), nomatch, comment);
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof SetEntry that
                        && type == that.type
                        && compareNames(this, that) == 0
                        && mac == that.mac
                        && nomatch == that.nomatch
                        && comment.equals(that.comment));
    }

    @Override
    public int hashCode() {
        return Objects.hash(high, low, length, port, secondHigh, secondLow, secondLength, mac);
    }

    @Override
    public String toString() {
        return member().toString();
    }
}
