// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What the entries of a set are made of. Types and words are those of `ipset` and DPVS; those
/// called bitmaps there are kept as all others here, and differ in that their entries lie within a
/// range that the set is made with.
public enum SetType {
    /// Addresses of IPv4 within a range.
    BITMAP_IP("bitmap:ip"),
    /// Addresses of IPv4 within a range, each of any station or of one.
    BITMAP_IP_MAC("bitmap:ip,mac"),
    /// Ports within a range.
    BITMAP_PORT("bitmap:port"),
    /// Addresses.
    HASH_IP("hash:ip"),
    /// Networks.
    HASH_NET("hash:net"),
    /// Addresses with ports.
    HASH_IP_PORT("hash:ip,port"),
    /// Networks with ports.
    HASH_NET_PORT("hash:net,port"),
    /// Networks with ports and the device by which packets come.
    HASH_NET_PORT_IFACE("hash:net,port,iface"),
    /// Addresses with ports and a second address.
    HASH_IP_PORT_IP("hash:ip,port,ip"),
    /// Addresses with ports and a network: the address is where packets go, the network where they
    /// come from, as in DPVS.
    HASH_IP_PORT_NET("hash:ip,port,net"),
    /// Networks with ports and a second network.
    HASH_NET_PORT_NET("hash:net,port,net"),
    /// Networks with ports, twice.
    HASH_NET_PORT_NET_PORT("hash:net,port,net,port");

    /// A part of an entry.
    public enum Part {
        /// One address.
        ADDRESS("ip"),
        /// A network, of which an address is the smallest.
        NETWORK("net"),
        /// A port, of one protocol or of any.
        PORT("port"),
        /// A link address.
        MAC("mac"),
        /// The name of a device.
        DEVICE("iface");

        private final String word;

        Part(String word) {
            this.word = word;
        }
    }

    private final String word;

    SetType(String word) {
        this.word = word;
    }

    /// The word for it in configurations and commands.
    ///
    /// @return for example `hash:net`
    public String word() {
        return word;
    }

    /// The one with this word.
    ///
    /// @param word as [#word()] gives it
    /// @return empty if it is none
    public static Optional<SetType> of(String word) {
        requireNonNull(word, "word");
        return Arrays.stream(values()).filter(type -> type.word.equals(word)).findAny();
    }

    /// The parts of its entries.
    ///
    /// @return in the order in which entries are written
    public List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (String name : word.substring(word.indexOf(':') + 1).split(",", -1)) {
            for (Part part : Part.values()) {
                if (part.word.equals(name)) {
                    parts.add(part);
                }
            }
        }
        return parts;
    }

    /// Whether its entries lie within a range that the set is made with.
    ///
    /// @return true for those called bitmaps
    public boolean isBitmap() {
        return word.startsWith("bitmap:");
    }

    /// Whether it has addresses, which are of one family.
    ///
    /// @return false for ports alone
    public boolean hasAddresses() {
        return this != BITMAP_PORT;
    }

    /// Whether an entry can be an exception from a larger one.
    ///
    /// @return true if it has networks
    public boolean hasExceptions() {
        return parts().contains(Part.NETWORK);
    }

    @Override
    public String toString() {
        return word;
    }
}
