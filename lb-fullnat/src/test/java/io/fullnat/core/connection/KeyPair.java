// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import java.util.random.RandomGenerator;

/// The keys of both directions of one connection, of whatever family.
interface KeyPair {
    /// Opens the connection; its entry, or 0.
    long openIn(ConnectionTable table);

    /// The flow that the client's key leads to, or 0.
    long inboundFlow(ConnectionTable table);

    /// The flow that the real server's key leads to, or 0.
    long outboundFlow(ConnectionTable table);

    /// Keys of few addresses and many ports.
    static KeyPair random(RandomGenerator random, Families families) {
        boolean any = families == Families.ALL;
        boolean inWide = any ? random.nextBoolean() : families.in;
        boolean outWide = any ? random.nextBoolean() : families.out;
        return inWide || outWide
                ? WideTuples.random(random, inWide, outWide)
                : Tuples.random(random);
    }

    /// Which families the connections of a test have.
    enum Families {
        IPV4(false, false),
        IPV6(true, true),
        IPV6_TO_IPV4(true, false),
        IPV4_TO_IPV6(false, true),

        /// Any of the others.
        ALL(true, true);

        final boolean in;
        final boolean out;

        Families(boolean in, boolean out) {
            this.in = in;
            this.out = out;
        }
    }
}
