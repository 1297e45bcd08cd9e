// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// The neighbours of a host, whatever asks for them: keeps what it was told, has somebody ask for
/// what it does not know, and lets packets wait until an answer comes.
final class NeighbourCache {
    private static final long ASK_AGAIN_NS = 1_000_000_000L;
    private static final int MAX_ASKS = 5;
    private static final int MAX_WAITING = 256;

    private final SimulatedHost host;
    private final Outbox outbox;
    private final Consumer<IpAddress> solicitation;
    private final Map<IpAddress, MacAddress> known = new HashMap<>();
    private final Map<IpAddress, Question> questions = new LinkedHashMap<>();

    /// @param solicitation asks for an address by the protocol of its family
    NeighbourCache(SimulatedHost host, Outbox outbox, Consumer<IpAddress> solicitation) {
        this.host = host;
        this.outbox = outbox;
        this.solicitation = solicitation;
    }

    Optional<MacAddress> find(IpAddress address) {
        return Optional.ofNullable(known.get(address));
    }

    /// Whether an address is known or asked for, so that news of it are of use.
    boolean concerns(IpAddress address) {
        return known.containsKey(address) || questions.containsKey(address);
    }

    /// Sends a frame whose destination MAC address is still to be filled in.
    void send(byte[] frame, IpAddress nextHop) {
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

    /// Asks, asks again, and gives up.
    void doWork() {
        Iterator<Map.Entry<IpAddress, Question>> each = questions.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<IpAddress, Question> entry = each.next();
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
                solicitation.accept(entry.getKey());
            }
        }
    }

    void learn(IpAddress address, MacAddress mac) {
        known.put(address, mac);
        Question question = questions.remove(address);
        if (question != null) {
            for (byte[] frame : question.waiting) {
                outbox.add(addressed(frame, mac));
            }
        }
    }

    /// A frame with its destination MAC address filled in.
    static byte[] addressed(byte[] frame, MacAddress receiver) {
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
