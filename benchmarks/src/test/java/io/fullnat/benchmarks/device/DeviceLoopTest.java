// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceLoopTest {
    private final List<String> measured = new ArrayList<>();
    private final StringWriter progress = new StringWriter();

    private final class CountingContender implements Contender {
        private final String work;
        private int times;

        CountingContender(String work) {
            this.work = work;
        }

        @Override
        public DeviceCase measured() {
            return new DeviceCase("net_x", "p", work, 0);
        }

        @Override
        public Rate measure(int seconds) {
            measured.add(work + " " + seconds + " s");
            return new Rate(++times * 1e6, 100.0 / times);
        }
    }

    @Test
    void contendersTakeTurnsAndTheFirstTurnDoesNotCount() throws IOException, InterruptedException {
        DeviceLoop loop = new DeviceLoop(List.of(), 3, 7, 10, 0);
        List<Contender> contenders =
                List.of(new CountingContender("a"), new CountingContender("b"));

        List<DeviceResult> results = loop.measure("net_x", contenders, new PrintWriter(progress));

        assertThat(measured)
                .containsExactly(
                        "a 1 s", "b 1 s", "a 7 s", "b 7 s", "a 7 s", "b 7 s", "a 7 s", "b 7 s");
        assertThat(results)
                .extracting(result -> result.measured().work())
                .containsExactly("a", "b");
        assertThat(results)
                .allSatisfy(result -> {
                    assertThat(result.mpps().min()).isEqualTo(2);
                    assertThat(result.mpps().median()).isEqualTo(3);
                    assertThat(result.mpps().max()).isEqualTo(4);
                    assertThat(result.ns().min()).isEqualTo(25);
                    assertThat(result.ns().max()).isEqualTo(50);
                });
        assertThat(progress.toString())
                .contains("net_x: warm-up", "net_x: round 1 of 3", "net_x: round 3 of 3");
    }
}
