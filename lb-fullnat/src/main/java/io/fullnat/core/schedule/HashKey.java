// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.address.Masks;
import io.fullnat.core.address.Mixer;

/// What of a first packet is hashed. The hash has no secret: all workers, and all balancers, get
/// the same of a client. Immutable and thread-safe.
///
/// @param part of the packet
/// @param ipv4Prefix bits of an IPv4 client's address that count
/// @param ipv6Prefix bits of an IPv6 client's address that count
/// @param idBytes bytes of a connection id of QUIC that count
record HashKey(Part part, int ipv4Prefix, int ipv6Prefix, int idBytes) {
    /// Bytes of a connection id that every client's first one has (RFC 9000 §7.2).
    private static final int USUAL_ID_BYTES = 8;

    private static final int MAX_ID_BYTES = 20;
    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    /// Parts of a packet.
    enum Part {
        SOURCE,
        SOURCE_PORT,
        DESTINATION,
        QUIC
    }

    /// Reads it from options.
    ///
    /// @param usual what is hashed unless it is said
    static HashKey of(OptionReader options, Part usual) {
        if (usual == Part.DESTINATION) {
            return new HashKey(Part.DESTINATION, 32, 128, 0);
        }
        Part part =
                switch (options.word("hash", "source", "source-port", "destination", "quic")) {
                    case "source-port" -> Part.SOURCE_PORT;
                    case "destination" -> Part.DESTINATION;
                    case "quic" -> Part.QUIC;
                    default -> Part.SOURCE;
                };
        if (part == Part.DESTINATION) {
            return new HashKey(part, 32, 128, 0); // so prefixes of clients are refused as unknown
        }
        return new HashKey(
                part,
                options.number("prefix", 32, 1, 32),
                options.number("prefix6", 128, 1, 128),
                part == Part.QUIC
                        ? options.number("id-bytes", USUAL_ID_BYTES, 1, MAX_ID_BYTES)
                        : 0);
    }

    /// The hash of a packet.
    long hash(ConnectionRequest request) {
        if (part == Part.DESTINATION) {
            return hash(
                    request.destinationAddressHigh(),
                    request.destinationAddressLow(),
                    request.destinationPort());
        }
        if (part == Part.QUIC && request.quicIdLength() > 0) {
            return hashQuicId(request);
        }
        long high = request.clientAddressHigh();
        long low = request.clientAddressLow();
        int prefix = Addresses.isIpv4(high, low) ? 96 + ipv4Prefix : ipv6Prefix;
        return hash(
                high & Masks.high(prefix),
                low & Masks.low(prefix),
                part == Part.SOURCE_PORT ? request.clientPort() : 0);
    }

    private long hashQuicId(ConnectionRequest request) {
        long hash = 0;
        for (int word = 0; word < 3; word++) {
            int bytes = Math.clamp(idBytes - 8 * word, 0, 8);
            long mask = bytes == 0 ? 0 : -1L << (64 - 8 * bytes);
            hash = Mixer.mix((hash ^ (request.quicIdWord(word) & mask)) * MULTIPLIER + word);
        }
        return hash;
    }

    /// Whether it is for the service of a scheduler: only datagrams have connection ids.
    void require(String scheduler, ServiceKey service) {
        if (part == Part.QUIC && service.protocol() != Protocol.UDP) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "scheduler \""
                            + scheduler
                            + "\" of "
                            + service
                            + ": option hash \"quic\" is for services of UDP; take another one");
        }
    }

    /// Whether it reads connection ids.
    boolean isQuic() {
        return part == Part.QUIC;
    }

    /// A hash of an address and a number.
    static long hash(long high, long low, int number) {
        return Mixer.mix(Mixer.mix(Mixer.mix(high * MULTIPLIER + number) ^ low) + MULTIPLIER);
    }

    /// A hash spread over a range.
    ///
    /// @param count how many there are
    /// @return 0 to count - 1
    static int spread(long hash, int count) {
        return (int) Math.unsignedMultiplyHigh(hash, count);
    }
}
