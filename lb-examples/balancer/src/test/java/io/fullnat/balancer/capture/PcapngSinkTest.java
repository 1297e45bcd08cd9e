// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.pcap.CaptureReader;
import io.fullnat.balancer.pcap.CapturedPacket;
import io.fullnat.core.capture.CapturedFrame;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a capture says of each frame.
final class PcapngSinkTest {
    private static CapturedFrame frame(boolean sent, Optional<Outcome> outcome, boolean ofKernel) {
        return new CapturedFrame(0, 0, 3, sent, outcome, ofKernel, 1, 60, new byte[60]);
    }

    @Test
    void eachFrameSaysHowItEndedOrWhoMadeIt() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PcapngSink sink = new PcapngSink(bytes, "test", List.of("wan"), 60);
        sink.frame(frame(false, Optional.of(Outcome.NO_SERVICE), false));
        sink.frame(frame(true, Optional.of(Outcome.FORWARDED_IN), false));
        sink.frame(frame(true, Optional.empty(), false));
        sink.frame(frame(true, Optional.empty(), true));
        sink.frame(frame(false, Optional.empty(), false));

        List<String> comments = new ArrayList<>();
        CaptureReader reader =
                new CaptureReader("x", new ByteArrayInputStream(bytes.toByteArray()));
        for (CapturedPacket next = reader.next(); next != null; next = reader.next()) {
            comments.add(next.comment());
        }
        assertThat(comments)
                .containsExactly(
                        "NO_SERVICE (dropped): to an own address, but no service listens there;"
                                + " worker 3",
                        "FORWARDED_IN (forwarded): translated and sent to a real server; worker 3",
                        "made by fullnat; worker 3",
                        "from the kernel; worker 3",
                        "end not known; worker 3");
    }
}
