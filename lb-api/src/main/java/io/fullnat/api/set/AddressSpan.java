// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import java.util.ArrayList;
import java.util.List;

/// Addresses from one to another, both included: an address, a network, or a range `a-b`.
record AddressSpan(IpAddress from, IpAddress to) {
    private static final int BITS = 2 * Long.SIZE;

    /// Reads one.
    static AddressSpan parse(String text) {
        int dash = text.indexOf('-');
        if (dash >= 0) {
            IpAddress from = IpAddress.parse(text.substring(0, dash));
            IpAddress to = IpAddress.parse(text.substring(dash + 1));
            if (!from.family().equals(to.family()) || compare(from, to) > 0) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "\""
                                + text
                                + "\" is no range: give the lower address first, both of one"
                                + " family, as in 192.0.2.1-192.0.2.9");
            }
            return withoutMapped(text, new AddressSpan(from, to));
        }
        IpPrefix network = IpPrefix.parse(text).network();
        int rest = BITS - network.mappedLength();
        IpAddress first = network.address();
        return new AddressSpan(
                first, IpAddress.of(first.high() | onesHigh(rest), first.low() | onesLow(rest)));
    }

    /// Refuses ranges around the addresses that IPv4 has among those of IPv6.
    private static AddressSpan withoutMapped(String text, AddressSpan range) {
        IpAddress mapped = IpAddress.of(0, IpAddress.mapped(0));
        boolean around =
                range.from.bitLength() == BITS
                        && compare(range.from, mapped) < 0
                        && compare(range.to, mapped) > 0;
        if (around) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "\""
                            + text
                            + "\" has addresses of IPv4 in it (::ffff:0:0/96); give two ranges");
        }
        return range;
    }

    private static int compare(IpAddress one, IpAddress other) {
        int high = Long.compareUnsigned(one.high(), other.high());
        return high != 0 ? high : Long.compareUnsigned(one.low(), other.low());
    }

    /// The first half of as many ones, at the end.
    private static long onesHigh(int count) {
        return count <= Long.SIZE ? 0 : ones(count - Long.SIZE);
    }

    private static long onesLow(int count) {
        return count >= Long.SIZE ? -1 : ones(count);
    }

    private static long ones(int count) {
        return count == 0 ? 0 : -1L >>> (Long.SIZE - count);
    }

    boolean contains(AddressSpan other) {
        return from.family().equals(other.from.family())
                && compare(from, other.from) <= 0
                && compare(other.to, to) <= 0;
    }

    /// How many there are; [Long#MAX_VALUE] if they are more than that.
    long count() {
        long more = to.low() - from.low();
        return to.high() != from.high() || more < 0 || more == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : more + 1;
    }

    /// How many there are in the range of a set.
    ///
    /// @param set its name
    int countOfRange(String set) {
        long count = count();
        if (!SetFamily.IPV4.has(from) || count > IpSet.MAX_RANGE) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "set "
                            + set
                            + ": range "
                            + from
                            + "-"
                            + to
                            + " is not of IPv4 with at most "
                            + IpSet.MAX_RANGE
                            + " addresses; give a smaller one (/16), or take a hash type");
        }
        return (int) count;
    }

    /// Each address, of as many as can be counted.
    List<IpPrefix> addresses() {
        List<IpPrefix> all = new ArrayList<>();
        long count = count();
        for (long i = 0; i < count; i++) {
            IpAddress address = IpAddress.of(from.high(), from.low() + i);
            all.add(new IpPrefix(address, address.bitLength()));
        }
        return all;
    }

    /// The fewest networks that have them all and no others: 254 at most.
    List<IpPrefix> networks() {
        List<IpPrefix> all = new ArrayList<>();
        IpAddress next = from;
        int longest = from.bitLength();
        while (true) {
            int rest = Math.min(zeros(next), longest);
            IpAddress last = end(next, rest);
            while (compare(last, to) > 0) {
                rest--;
                last = end(next, rest);
            }
            all.add(new IpPrefix(next, longest - rest));
            if (last.equals(to)) {
                return all;
            }
            long low = last.low() + 1;
            next = IpAddress.of(low == 0 ? last.high() + 1 : last.high(), low);
        }
    }

    private static IpAddress end(IpAddress first, int rest) {
        return IpAddress.of(first.high() | onesHigh(rest), first.low() | onesLow(rest));
    }

    private static int zeros(IpAddress address) {
        int low = Long.numberOfTrailingZeros(address.low());
        return low < Long.SIZE ? low : Long.SIZE + Long.numberOfTrailingZeros(address.high());
    }
}
