// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Mld;
import io.fullnat.core.packet.NeighbourDiscovery;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Tells routers, and switches that listen, which groups one wants: reports of MLDv2 (RFC 3810), on
/// joining and leaving a group, a second time a second later, and in answer to queries, after a
/// time by chance, once a second on a device at the most. They leave by the device that they are
/// about.
///
/// While a router of version 1 is on a link, all is said in version 1 there (§8.2.1): a report to
/// each group, and one message when it is left. What others report suppresses nothing: a switch
/// that listens has to hear of each port. For the worker's thread.
final class ListenerReports {
    /// Until joining or leaving is said again: the longest Unsolicited Report Interval.
    static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    /// Packets in a duty cycle.
    private static final int STEP = 4;

    /// Records that fit into a packet that every link takes.
    private static final int RECORDS =
            (Ipv6.MIN_MTU - ListenerMessages.HEADERS - Mld.REPORT_LENGTH) / Mld.RECORD_LENGTH;

    /// Between two answers on a device, so that a query does not cause many times its bytes; in
    /// version 1, with a packet for each group, as many times this as there are [#OLD_REPORTS].
    static final long PAUSE_NS = TimeUnit.SECONDS.toNanos(1);

    private static final int OLD_REPORTS = 64;

    private static final long NOT_ASKED = Long.MIN_VALUE;

    private record Entry(int device, int type, long group, boolean first) {}

    /// @param old in which version it was said first
    private record Due(Entry entry, long atNs, boolean old) {}

    private final StackContext context;
    private final ListenerVersions versions;
    private final ListenerMessages messages;
    private final Queue<Entry> outbox = new ArrayDeque<>();
    private final Queue<Due> again = new ArrayDeque<>();
    private @Nullable NetworkView seen;
    private long[][] joined = {};

    // By device: when a query is to be answered, when the next one may be, what group is asked
    // for, 0 for all, and in which version.
    private long[] answerNs = {};
    private long[] nextNs = {};
    private long[] askedFor = {};
    private boolean[] askedOld = {};
    private int asked;

    ListenerReports(StackContext context, AddressStates states, ListenerVersions versions) {
        this.context = context;
        this.versions = versions;
        messages = new ListenerMessages(context, states);
    }

    /// Joins and leaves groups as the view's addresses want it. By the one worker that speaks for
    /// all.
    int follow() {
        NetworkView view = context.view();
        if (view == seen) {
            return 0;
        }
        seen = view;
        long[][] wanted = new long[Math.max(joined.length, view.deviceCount())][];
        for (int device = 0; device < wanted.length; device++) {
            wanted[device] = view.groups().of(device);
            long[] before = device < joined.length ? joined[device] : new long[0];
            change(device, wanted[device], before, Mld.RECORD_TO_EXCLUDE);
            change(device, before, wanted[device], Mld.RECORD_TO_INCLUDE);
        }
        joined = wanted;
        return 1;
    }

    private void change(int device, long[] these, long[] those, int type) {
        for (long group : these) {
            if (Arrays.binarySearch(those, group) < 0) {
                outbox.add(new Entry(device, type, group, true));
            }
        }
    }

    /// Joins the groups of addresses again.
    void repeat(List<NetworkView.Own> addresses) {
        for (NetworkView.Own own : addresses) {
            if (!own.isIpv4()) {
                long group = NeighbourDiscovery.solicitedNodeLow(own.low());
                outbox.add(new Entry(own.device(), Mld.RECORD_TO_EXCLUDE, group, true));
            }
        }
    }

    /// Takes note of a query (RFC 3810 §6.2); one is only believed from a neighbour.
    ///
    /// @param frame with the query, whose checksum is right
    /// @param chain its headers
    Outcome query(Frame frame, Ipv6Chain chain) {
        long ip = frame.l3();
        long query = chain.transport();
        int length = chain.transportLength();
        if ((length != Mld.QUERY_LENGTH && length < Mld.QUERY_2_LENGTH)
                || Icmpv6.code(query) != 0
                || Ipv6.hopLimit(ip) != 1
                || !chain.hasRouterAlert()
                || !Addresses.isLinkLocal(Ipv6.sourceHigh(ip))) {
            return Outcome.BAD_DISCOVERY;
        }
        long high = Mld.groupHigh(query);
        long low = Mld.groupLow(query);
        boolean all = Addresses.isUnspecified(high, low);
        int device = frame.device();
        int maxMs = Mld.maxResponseMs(query, length);
        if (length == Mld.QUERY_LENGTH) {
            long holdsNs = ListenerVersions.OLD_NS + TimeUnit.MILLISECONDS.toNanos(maxMs);
            versions.heardOld(device, context.nowNs() + holdsNs);
        }
        Groups groups = context.view().groups();
        if (all ? groups.of(device).length == 0 : !groups.has(device, high, low)) {
            return Outcome.DISCOVERY_IGNORED;
        }
        long delayMs = maxMs == 0 ? 0 : ThreadLocalRandom.current().nextInt(maxMs);
        schedule(device, all ? 0 : low, context.nowNs() + TimeUnit.MILLISECONDS.toNanos(delayMs));
        return Outcome.DISCOVERY;
    }

    private boolean isOld(int device) {
        return versions.isOld(device, context.nowNs());
    }

    /// One answer a device is due at a time: what another query asks for is answered with it.
    private void schedule(int device, long group, long atNs) {
        if (device >= answerNs.length) {
            int before = answerNs.length;
            answerNs = Arrays.copyOf(answerNs, device + 1);
            askedFor = Arrays.copyOf(askedFor, device + 1);
            askedOld = Arrays.copyOf(askedOld, device + 1);
            nextNs = Arrays.copyOf(nextNs, device + 1);
            Arrays.fill(answerNs, before, device + 1, NOT_ASKED);
        }
        boolean old = isOld(device);
        if (answerNs[device] == NOT_ASKED || askedOld[device] != old) {
            asked += answerNs[device] == NOT_ASKED ? 1 : 0;
            answerNs[device] = Math.max(atNs, nextNs[device]);
            askedFor[device] = group;
            askedOld[device] = old;
            return;
        }
        answerNs[device] = Math.max(Math.min(answerNs[device], atNs), nextNs[device]);
        askedFor[device] = askedFor[device] == group ? group : 0;
    }

    /// Sends what is due.
    int poll() {
        if (outbox.isEmpty() && again.isEmpty() && asked == 0) {
            return 0;
        }
        long now = context.nowNs();
        for (Due due = again.peek(); due != null && now - due.atNs >= 0; due = again.peek()) {
            repeat(again.remove());
        }
        for (int device = 0; asked > 0 && device < answerNs.length; device++) {
            if (answerNs[device] != NOT_ASKED && now - answerNs[device] >= 0) {
                answerNs[device] = NOT_ASKED;
                nextNs[device] = now + PAUSE_NS;
                asked--;
                if (askedOld[device] == isOld(device)) { // else a change of version has ended it
                    answer(device, askedFor[device], now);
                }
            }
        }
        int sent = 0;
        while (sent < STEP && !outbox.isEmpty()) {
            send(now);
            sent++;
        }
        return sent;
    }

    /// What was said is said again if it still holds, and in the same version.
    private void repeat(Due due) {
        Entry entry = due.entry;
        if (due.old != isOld(entry.device)) {
            return;
        }
        long[] groups = context.view().groups().of(entry.device);
        boolean member = Arrays.binarySearch(groups, entry.group) >= 0;
        if (member == (entry.type == Mld.RECORD_TO_EXCLUDE)) {
            outbox.add(new Entry(entry.device, entry.type, entry.group, false));
        }
    }

    private void answer(int device, long group, long now) {
        long[] groups = context.view().groups().of(device);
        if (askedOld[device]) {
            nextNs[device] = now + (1 + groups.length / OLD_REPORTS) * PAUSE_NS;
        }
        for (long member : groups) {
            if (group == 0 || group == member) {
                outbox.add(new Entry(device, Mld.RECORD_IS_EXCLUDE, member, false));
            }
        }
    }

    /// Sends what is next: in version 2 as many records about one device as a packet has room for.
    private void send(long now) {
        int index = outbox.element().device;
        Device device = context.view().device(index);
        if (isOld(index)) {
            sendOld(device, outbox.remove(), now);
            return;
        }
        long report = messages.start(device, Mld.ROUTERS_LOW);
        long record = report + Mld.REPORT_LENGTH;
        int records = 0;
        for (Entry next = outbox.peek();
                next != null && next.device == index && records < RECORDS;
                next = outbox.peek()) {
            outbox.remove();
            if (next.first) {
                again.add(new Due(next, now + AGAIN_NS, false));
            }
            if (report != 0) {
                long high = NeighbourDiscovery.LINK_GROUP_HIGH;
                Mld.writeRecord(record, next.type, high, next.group);
                record += Mld.RECORD_LENGTH;
            }
            records++;
        }
        if (report != 0) { // without a buffer: what was said first is said again
            Mld.writeReport(report, records);
            messages.send(device, Mld.ROUTERS_LOW, report, (int) (record - report));
        }
    }

    private void sendOld(Device device, Entry entry, long now) {
        boolean listens = entry.type != Mld.RECORD_TO_INCLUDE;
        if (entry.first && listens) {
            again.add(new Due(entry, now + AGAIN_NS, true));
        }
        messages.sendOld(device, listens, entry.group);
    }
}
