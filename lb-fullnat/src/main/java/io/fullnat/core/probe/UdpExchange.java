// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.UdpProbe;
import java.io.IOException;
import java.net.SocketTimeoutException;

/// Sends a datagram and awaits an answer. Thread-safe.
final class UdpExchange implements Attempt {
    private final byte[] send;
    private final byte[] expect;
    private final boolean silencePasses;

    UdpExchange(UdpProbe probe) {
        send = probe.send().bytes();
        expect = probe.expect().bytes();
        silencePasses = probe.silencePasses();
    }

    @Override
    public ProbeResult ask(ProbeTarget target, Deadline deadline) throws IOException {
        try (ProbeDatagrams socket = ProbeDatagrams.open(target, deadline)) {
            socket.send(send);
            byte[] answer = socket.receive();
            return Bytes.contain(answer, 0, answer.length, expect)
                    ? ProbeResult.passed("answered as expected")
                    : ProbeResult.failed("answer without what is expected");
        } catch (SocketTimeoutException silence) {
            if (silencePasses) {
                return ProbeResult.passed("no answer and no ICMP error");
            }
            throw silence;
        }
    }
}
