// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.packet.Tcp;

/// SYN cookies (RFC 4987 §3.6): initial sequence numbers that say what a SYN has said, so that
/// nothing need be kept of it, and that nobody else can make up.
///
/// A cookie is 32 bits of SipHash-2-4 over addresses, ports, the client's number, the offer and the
/// time in steps of 64 seconds, exclusive-or a few bits of data. It is valid if the same hash
/// leaves nothing above the bits of data, for the present step, the one before or the next one, by
/// which the clock of another node may be ahead: for 64 to 128 seconds.
///
/// | client | data in the cookie | data in the timestamp | values that pass, of 2^32 |
/// |---|---|---|---|
/// | without timestamps | segment size 4, window scale 4, SACK 1 | – | 3 · 512: one of 2.8 million |
/// | with timestamps | segment size 4 | window scale 4, SACK 1 | 3 · 16: one of 89 million |
///
/// The lowest six bits of a timestamp have its data, as Linux has it; they are hashed as well, so
/// that nobody can change them. For each secret more as many values pass again.
///
/// For the worker's thread; allocates nothing after its construction.
public final class SynCookies {
    /// Seconds of a step.
    public static final int TICK_SECONDS = 64;

    private static final int NO_SCALE_BITS = 15;
    private static final int SCALE_BITS = 4;
    private static final int SELECTIVE_BIT = 1 << SCALE_BITS;
    private static final int OPTION_BITS = SCALE_BITS + 1;
    private static final int OPTION_MASK = (1 << OPTION_BITS) - 1;
    private static final int SIZE_MASK = (1 << SegmentSizes.BITS) - 1;
    private static final int STAMPED = 1 << 6;
    private static final int STAMP_MASK = (1 << 6) - 1;

    /// Steps that a cookie is looked for in, in order, from the present one on.
    private static final int[] AGES = {0, 1, -1};

    private static final int IPV4_LENGTH = 22;
    private static final int IPV6_LENGTH = 46;
    private static final int USUAL_SIZE = 536;
    private static final int USUAL_SIZE_6 = 1220;

    private final CookieKeys keys;
    private final SipHash hash = new SipHash();
    private final SegmentOptions options = new SegmentOptions();

    private long clientHigh;
    private long clientLow;
    private long serviceHigh;
    private long serviceLow;

    // Of the SYN that was read last, and what is answered.
    private int clientPort;
    private int servicePort;
    private int sequence;
    private int ownScale;
    private int size;
    private int scale;
    private boolean selective;
    private boolean timestamps;

    // Of the cookie that was made last.
    private int cookie;
    private int timestamp;

    /// Cookies of secrets.
    ///
    /// @param secrets of all nodes that are to accept each other's
    public SynCookies(CookieSecrets secrets) {
        keys = new CookieKeys(secrets);
    }

    /// Makes and accepts those of other secrets from now on.
    ///
    /// @param secrets of all nodes that are to accept each other's
    public void use(CookieSecrets secrets) {
        keys.use(secrets);
    }

    /// Says between whom the next segment is.
    ///
    /// @param fromHigh first half of the client's address
    /// @param fromLow last half
    /// @param toHigh first half of the service's
    /// @param toLow last half
    public void between(long fromHigh, long fromLow, long toHigh, long toLow) {
        clientHigh = fromHigh;
        clientLow = fromLow;
        serviceHigh = toHigh;
        serviceLow = toLow;
    }

    /// Makes the cookie that answers a SYN: [#cookie()] and what is to be said beside it.
    ///
    /// @param l4 the header of the SYN
    /// @param offer of the service
    /// @param seconds the time, of the same clock on all nodes
    /// @param millis a time that goes on, for timestamps
    public void answer(long l4, CookieOffer offer, long seconds, long millis) {
        options.read(l4);
        boolean ipv4 = Addresses.isIpv4(clientHigh, clientLow);
        int said = options.segmentSize();
        size = SegmentSizes.index(said != 0 ? said : ipv4 ? USUAL_SIZE : USUAL_SIZE_6);
        scale = offer.scale() == CookieTerms.NO_SCALE ? CookieTerms.NO_SCALE : options.scale();
        selective = offer.selective() && options.isSelective();
        timestamps = offer.timestamps() && options.hasTimestamps();
        clientPort = Tcp.sourcePort(l4);
        servicePort = Tcp.destinationPort(l4);
        sequence = Tcp.sequence(l4);
        ownScale = offer.scale();
        int more = optionData();
        long tick = Math.floorDiv(seconds, (long) TICK_SECONDS);
        begin(0, tick, Memory.getInt(l4), sequence);
        long hashed = hash.end(last(tick, offer, timestamps ? STAMPED | more : 0));
        if (timestamps) {
            cookie = (int) hashed ^ size;
            int clock = (int) millis + (int) (hashed >>> Integer.SIZE);
            timestamp = (clock & ~STAMP_MASK) | more;
        } else {
            cookie = (int) hashed ^ (size << OPTION_BITS | more);
            timestamp = 0;
        }
    }

    private int optionData() {
        int bits = scale == CookieTerms.NO_SCALE ? NO_SCALE_BITS : scale;
        return selective ? bits | SELECTIVE_BIT : bits;
    }

    private void begin(int secret, long tick, int ports, int sequence) {
        keys.begin(hash, secret, tick);
        if (Addresses.isIpv4(clientHigh, clientLow)) {
            hash.add(clientLow << Integer.SIZE | (serviceLow & 0xFFFF_FFFFL));
        } else {
            hash.add(clientHigh).add(clientLow).add(serviceHigh).add(serviceLow);
        }
        hash.add((long) ports << Integer.SIZE | (sequence & 0xFFFF_FFFFL));
    }

    private long last(long tick, CookieOffer offer, int stamped) {
        long length = Addresses.isIpv4(clientHigh, clientLow) ? IPV4_LENGTH : IPV6_LENGTH;
        return length << 56
                | (long) offer.bits() << 40
                | (long) stamped << 32
                | (tick & 0xFFFF_FFFFL);
    }

    /// The cookie that was made last.
    ///
    /// @return the initial sequence number of the SYN-ACK
    public int cookie() {
        return cookie;
    }

    /// The timestamp that goes with it.
    ///
    /// @return 0 without timestamps
    public int timestamp() {
        return timestamp;
    }

    /// Writes the SYN-ACK for the cookie that was made last, but for its checksum. Of options it
    /// has only those that are known here (RFC 9293, RFC 7323, RFC 2018), and of these only what
    /// the SYN had as well, but for the segment size.
    ///
    /// @param l4 where, with room for 60 bytes; the SYN may lie there
    /// @param segmentSize the largest segment that the service takes
    /// @return bytes of the header
    public int write(long l4, int segmentSize) {
        int flags = Tcp.SYN | Tcp.ACK;
        Tcp.writeHeader(
                l4, servicePort, clientPort, cookie, sequence + 1, flags, CookieTerms.WINDOW);
        long end = l4 + Tcp.MIN_HEADER_LENGTH;
        Memory.putByte(end, Tcp.OPTION_MAXIMUM_SEGMENT_SIZE);
        Memory.putByte(end + 1, SegmentOptions.MSS_LENGTH);
        Memory.putNetworkShort(end + 2, segmentSize);
        end += SegmentOptions.MSS_LENGTH;
        if (selective) {
            Memory.putByte(end, SegmentOptions.SELECTIVE);
            Memory.putByte(end + 1, SegmentOptions.SELECTIVE_LENGTH);
        } else if (timestamps) {
            pad(end);
        }
        end += selective || timestamps ? 2 : 0;
        if (timestamps) {
            Memory.putByte(end, Tcp.OPTION_TIMESTAMPS);
            Memory.putByte(end + 1, Tcp.TIMESTAMPS_LENGTH);
            Memory.putNetworkInt(end + 2, timestamp);
            Memory.putNetworkInt(end + 6, options.timestamp());
            end += Tcp.TIMESTAMPS_LENGTH;
        } else if (selective) {
            pad(end);
            end += 2;
        }
        if (scale != CookieTerms.NO_SCALE) {
            Memory.putByte(end, Tcp.OPTION_NO_OPERATION);
            Memory.putByte(end + 1, Tcp.OPTION_WINDOW_SCALE);
            Memory.putByte(end + 2, Tcp.WINDOW_SCALE_LENGTH);
            Memory.putByte(end + 3, ownScale);
            end += 4;
        }
        int length = (int) (end - l4);
        Tcp.headerLength(l4, length);
        return length;
    }

    private static void pad(long at) {
        Memory.putByte(at, Tcp.OPTION_NO_OPERATION);
        Memory.putByte(at + 1, Tcp.OPTION_NO_OPERATION);
    }

    /// Whether an acknowledgement acknowledges a cookie, and what that has promised.
    ///
    /// @param l4 its header
    /// @param offer of the service, with which the cookie must have been made
    /// @param seconds the time, of the same clock on all nodes
    /// @param terms is filled if it does
    /// @return false if no node with these secrets can have made it lately, for this client
    public boolean check(long l4, CookieOffer offer, long seconds, CookieTerms terms) {
        options.read(l4);
        if (options.hasTimestamps() && !offer.timestamps()) {
            return false;
        }
        boolean stamped = options.hasTimestamps();
        int stampData = stamped ? options.echo() & STAMP_MASK : 0;
        if (stampData > OPTION_MASK) {
            return false;
        }
        int ports = Memory.getInt(l4);
        int first = Tcp.sequence(l4) - 1;
        int candidate = Tcp.acknowledgement(l4) - 1;
        int bits = stamped ? SegmentSizes.BITS : SegmentSizes.BITS + OPTION_BITS;
        int hashedData = stamped ? STAMPED | stampData : 0;
        long present = Math.floorDiv(seconds, (long) TICK_SECONDS);
        for (int secret = 0; secret < keys.count(); secret++) {
            long begun = Long.MIN_VALUE;
            for (int age : AGES) {
                long tick = present - age;
                if (CookieKeys.hour(tick) != begun) {
                    begun = CookieKeys.hour(tick);
                    begin(secret, tick, ports, first);
                }
                int data = candidate ^ (int) hash.end(last(tick, offer, hashedData));
                if (data >>> bits == 0) {
                    terms.begin(candidate, first, SegmentSizes.size(sizeOf(data, stamped)));
                    fill(terms, offer, stamped ? stampData : data & OPTION_MASK);
                    return true;
                }
            }
        }
        return false;
    }

    private static int sizeOf(int data, boolean stamped) {
        return (stamped ? data : data >>> OPTION_BITS) & SIZE_MASK;
    }

    private void fill(CookieTerms terms, CookieOffer offer, int more) {
        int shift = more & NO_SCALE_BITS;
        boolean scaled = shift != NO_SCALE_BITS && offer.scale() != CookieTerms.NO_SCALE;
        terms.options(
                scaled ? shift : CookieTerms.NO_SCALE,
                scaled ? offer.scale() : CookieTerms.NO_SCALE,
                offer.selective() && (more & SELECTIVE_BIT) != 0);
        if (options.hasTimestamps()) {
            terms.timestamps(options.echo(), options.timestamp());
        }
    }
}
