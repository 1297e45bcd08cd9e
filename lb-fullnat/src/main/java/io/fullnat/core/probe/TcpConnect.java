// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.TcpProbe;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Opens a TCP connection, and looks for some bytes. Thread-safe.
final class TcpConnect implements Attempt {
    static final ProbeResult CONNECTED = ProbeResult.passed("connected");
    private static final ProbeResult ANSWERED = ProbeResult.passed("answered as expected");
    private static final int MAX_ANSWER = 65_536;

    private final byte[] send;
    private final byte[] expect;

    TcpConnect(TcpProbe probe) {
        send = probe.send().bytes();
        expect = probe.expect().bytes();
    }

    @Override
    public ProbeResult ask(ProbeTarget target, Deadline deadline) throws IOException {
        try (ProbeSocket socket = ProbeSocket.open(target, deadline)) {
            socket.endByReset();
            if (send.length > 0) {
                socket.getOutputStream().write(send);
            }
            return expect.length == 0 ? CONNECTED : awaitExpected(socket.getInputStream());
        }
    }

    private ProbeResult awaitExpected(InputStream in) throws IOException {
        byte[] answer = new byte[512];
        int length = 0;
        while (length < MAX_ANSWER) {
            if (length == answer.length) {
                answer = Arrays.copyOf(answer, answer.length * 2);
            }
            int read = in.read(answer, length, answer.length - length);
            if (read < 0) {
                return ProbeResult.failed(
                        length == 0
                                ? "connection closed without an answer"
                                : "answer without what is expected");
            }
            int from = Math.max(0, length - expect.length + 1);
            length += read;
            if (Bytes.contain(answer, from, length, expect)) {
                return ANSWERED;
            }
        }
        return ProbeResult.failed("answer without what is expected");
    }
}
