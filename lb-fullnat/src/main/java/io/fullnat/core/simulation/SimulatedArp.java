// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Ipv4Address;
import io.fullnat.api.MacAddress;
import io.fullnat.core.packet.Arp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// ARP of a host (RFC 826): answers, learns, asks, and keeps packets until an answer comes.
final class SimulatedArp {
    private static final long ASK_AGAIN_NS = 1_000_000_000L;
    private static final int MAX_ASKS = 5;
    private static final int MAX_WAITING = 256;
    private static final MacAddress UNKNOWN = new MacAddress(0);

    private final SimulatedHost host;
    private final Outbox outbox;
    private final Map<Ipv4Address, MacAddress> known = new HashMap<>();
    private final Map<Ipv4Address, Question> questions = new LinkedHashMap<>();

    SimulatedArp(SimulatedHost host, Outbox outbox) {
        this.host = host;
        this.outbox = outbox;
    }

    Optional<MacAddress> find(Ipv4Address address) {
        return Optional.ofNullable(known.get(address));
    }

    /// Sends a frame whose destination MAC address is still to be filled in.
    void send(byte[] frame, Ipv4Address nextHop) {
        MacAddress mac = known.get(nextHop);
        if (mac != null) {
            outbox.add(addressed(frame, mac));
            return;
        }
        Question question = questions.computeIfAbsent(nextHop, _ -> new Question());
        if (question.waiting.size() < MAX_WAITING) {
            question.waiting.add(frame);
        } else {
            host.counters().unresolved++;
        }
    }

    void announce(Ipv4Address own) {
        outbox.add(packet(Arp.OPERATION_REQUEST, own, MacAddress.BROADCAST, UNKNOWN, own));
    }

    /// Asks, asks again, and gives up.
    void doWork() {
        Iterator<Map.Entry<Ipv4Address, Question>> each = questions.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<Ipv4Address, Question> entry = each.next();
            Question question = entry.getValue();
            if (question.asks > 0 && host.nowNs() - question.againNs < 0) {
                continue;
            }
            if (question.asks == MAX_ASKS) {
                host.counters().unresolved += question.waiting.size();
                each.remove();
            } else {
                question.asks++;
                question.againNs = host.nowNs() + ASK_AGAIN_NS;
                outbox.add(
                        packet(
                                Arp.OPERATION_REQUEST,
                                host.address(),
                                MacAddress.BROADCAST,
                                UNKNOWN,
                                entry.getKey()));
            }
        }
    }

    void receive(long arp) {
        Ipv4Address asked = new Ipv4Address(Arp.targetAddress(arp));
        Ipv4Address asker = new Ipv4Address(Arp.senderAddress(arp));
        MacAddress askerMac = new MacAddress(Arp.senderMac(arp));
        boolean forUs = host.addresses().contains(asked);
        if (!asker.equals(Ipv4Address.ANY) && (forUs || known.containsKey(asker))) {
            learn(asker, askerMac);
        }
        if (forUs && Arp.operation(arp) == Arp.OPERATION_REQUEST) {
            outbox.add(packet(Arp.OPERATION_REPLY, asked, askerMac, askerMac, asker));
        }
    }

    private void learn(Ipv4Address address, MacAddress mac) {
        known.put(address, mac);
        Question question = questions.remove(address);
        if (question != null) {
            for (byte[] frame : question.waiting) {
                outbox.add(addressed(frame, mac));
            }
        }
    }

    private byte[] packet(
            int operation,
            Ipv4Address sender,
            MacAddress receiver,
            MacAddress targetMac,
            Ipv4Address target) {
        byte[] frame =
                host.frame()
                        .arp(
                                operation,
                                host.mac().toString(),
                                sender.toString(),
                                targetMac.toString(),
                                target.toString())
                        .toBytes();
        return addressed(frame, receiver);
    }

    private static byte[] addressed(byte[] frame, MacAddress receiver) {
        for (int i = 0; i < 6; i++) {
            frame[i] = (byte) (receiver.bits() >>> (40 - 8 * i));
        }
        return frame;
    }

    private static final class Question {
        private final List<byte[]> waiting = new ArrayList<>();
        private int asks;
        private long againNs;
    }
}
