// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fullnat.api.health.DnsProbe;
import io.fullnat.api.health.DnsProbe.ResponseCode;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/// Puts a question of DNS (RFC 1035) by UDP. Thread-safe.
final class DnsExchange implements Attempt {
    private static final int HEADER = 12;
    private static final int FLAGS = 2;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RESPONSE = 0x8000;
    private static final int CODE = 0xF;
    private static final int INTERNET = 1;

    private final DnsProbe probe;
    private final byte[] question;

    DnsExchange(DnsProbe probe) {
        this.probe = probe;
        question = question(probe);
    }

    private static byte[] question(DnsProbe probe) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : probe.name().split("\\.", -1)) {
            if (!label.isEmpty()) {
                out.write(label.length());
                out.writeBytes(label.getBytes(ISO_8859_1));
            }
        }
        out.write(0);
        out.writeBytes(
                ByteBuffer.allocate(4)
                        .putShort((short) probe.type().number())
                        .putShort((short) INTERNET)
                        .array());
        return out.toByteArray();
    }

    @Override
    public ProbeResult ask(ProbeTarget target, Deadline deadline) throws IOException {
        short id = (short) ThreadLocalRandom.current().nextInt();
        try (ProbeDatagrams socket = ProbeDatagrams.open(target, deadline)) {
            socket.send(
                    ByteBuffer.allocate(HEADER + question.length)
                            .putShort(id)
                            .putShort((short) RECURSION_DESIRED)
                            .putShort((short) 1)
                            .putShort((short) 0)
                            .putInt(0)
                            .put(question)
                            .array());
            while (true) {
                byte[] answer = socket.receive();
                if (answer.length >= HEADER && ByteBuffer.wrap(answer).getShort() == id) {
                    return judge(ByteBuffer.wrap(answer).getShort(FLAGS));
                }
            }
        }
    }

    private ProbeResult judge(int flags) {
        if ((flags & RESPONSE) == 0) {
            return ProbeResult.failed("answer is not one of DNS");
        }
        int code = flags & CODE;
        String name =
                code < ResponseCode.values().length
                        ? ResponseCode.values()[code].name()
                        : "response code " + code;
        return code == probe.code().number()
                ? ProbeResult.passed("DNS " + name)
                : ProbeResult.failed("DNS " + name);
    }
}
