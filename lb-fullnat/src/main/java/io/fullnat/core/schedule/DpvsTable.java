// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// `mh` with `variant=dpvs`: the choice of DPVS v1.10.2 for each client, for clusters in which both
/// work. Its table has 4093 slots and depends on the order in which servers were added. Immutable,
/// one for all workers.
final class DpvsTable implements Scheduler {
    /// Slots, of DPVS as it is built unless told otherwise.
    static final int SIZE = 4093;

    private static final long OFFSET_KEY = 2_654_435_761L;
    private static final long SKIP_KEY = 2_654_446_892L;

    /// Half the bits of a slot's number: larger weights are cut.
    private static final int TURN_BITS = 6;

    private static final char FREE = 0xFFFF;

    private final char[] slots;
    private final Options options;
    private final boolean ipv6;

    /// What it can be told: whether the client's port is hashed (mh-port), and whether another
    /// server is looked for if the first is not usable (mh-fallback).
    record Options(boolean withPort, boolean fallsBack) {
        /// Reads them.
        static Options of(OptionReader reader) {
            return new Options(
                    reader.word("hash", "source", "source-port").equals("source-port"),
                    reader.word("fallback", "no", "yes").equals("yes"));
        }
    }

    private DpvsTable(char[] slots, Options options, boolean ipv6) {
        this.slots = slots;
        this.options = options;
        this.ipv6 = ipv6;
    }

    /// Makes the schedulers of the variant; what was built last is shared.
    static final class Variant {
        private final LastBuilt<DpvsTable> tables = new LastBuilt<>();

        /// Looks at the options.
        static void check(Map<String, String> all) {
            read(all);
        }

        private static Options read(Map<String, String> all) {
            OptionReader reader = new OptionReader("mh\" with \"variant=dpvs", all);
            reader.word("variant", "dpvs");
            Options options = Options.of(reader);
            reader.end();
            return options;
        }

        DpvsTable create(List<RealServer> servers, SchedulerContext context) {
            Options options = read(context.options());
            DpvsServers listed = new DpvsServers(servers, context.service());
            return tables.get(
                    servers,
                    List.of(options, listed.isIpv6()),
                    () -> new DpvsTable(populate(listed), options, listed.isIpv6()));
        }
    }

    private static char[] populate(DpvsServers servers) {
        if (servers.count() > SIZE) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "scheduler \"mh\" with variant=dpvs has slots for " + SIZE + " servers");
        }
        int divisor = servers.divisor();
        if (divisor == 0) {
            return new char[0];
        }
        char[] slots = new char[SIZE];
        Arrays.fill(slots, FREE);
        int count = servers.count();
        int[] places = new int[count];
        int[] skips = new int[count];
        int[] turns = new int[count];
        int largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, servers.server(i).weight() / divisor);
        }
        int shift = Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(largest) - TURN_BITS);
        for (int i = 0; i < count; i++) {
            RealServer server = servers.server(i);
            int input = input(server, servers.isIpv6());
            places[i] = slotOf(input);
            skips[i] = skipOf(input);
            int weight = server.weight() / divisor;
            turns[i] = weight == 0 ? 0 : Math.max(1, weight >> shift);
        }
        for (int taken = 0; taken < SIZE; ) {
            for (int i = 0; i < count; i++) {
                for (int turn = 0; turn < turns[i] && taken < SIZE; turn++, taken++) {
                    while (slots[places[i]] != FREE) {
                        places[i] = (places[i] + skips[i]) % SIZE;
                    }
                    slots[places[i]] = (char) servers.index(i);
                }
            }
        }
        return slots;
    }

    private static int input(RealServer server, boolean ipv6) {
        return server.endpoint().port()
                + DpvsHashes.fold(
                        server.endpoint().address().high(),
                        server.endpoint().address().low(),
                        ipv6);
    }

    /// The slot of an input.
    static int slotOf(int input) {
        return Integer.remainderUnsigned(DpvsHashes.sip(input, OFFSET_KEY), SIZE);
    }

    /// The skip of an input.
    static int skipOf(int input) {
        return Integer.remainderUnsigned(DpvsHashes.sip(input, SKIP_KEY), SIZE - 1) + 1;
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        if (slots.length == 0) {
            return NONE;
        }
        int input =
                DpvsHashes.fold(request.clientAddressHigh(), request.clientAddressLow(), ipv6)
                        + (options.withPort ? request.clientPort() : 0);
        int first = slotOf(input);
        if (loads.isUsable(slots[first])) {
            return slots[first];
        }
        if (!options.fallsBack) {
            return NONE;
        }
        for (int offset = 0; offset < SIZE; offset++) {
            int slot = slotOf(input + (offset + first) % SIZE);
            if (loads.isUsable(slots[slot])) {
                return slots[slot];
            }
        }
        return NONE;
    }
}
