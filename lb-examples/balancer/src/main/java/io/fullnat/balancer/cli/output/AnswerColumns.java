// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.balancer.text.Micros;
import java.util.ArrayList;
import java.util.List;

/// Columns of a table of real servers that say how long they take to answer: quantiles of the last
/// minute's handshakes, if there was any with one of them, and what schedulers compare, if one
/// does.
final class AnswerColumns {
    private static final String NONE = "-";

    private final boolean handshakes;
    private final boolean compared;

    AnswerColumns(List<RealServerStatus> servers) {
        handshakes = servers.stream().anyMatch(each -> each.handshakes().total().count() > 0);
        compared = servers.stream().anyMatch(each -> each.answerMicros() > 0);
    }

    List<String> titles() {
        List<String> titles = new ArrayList<>();
        if (handshakes) {
            titles.add("P50");
            titles.add("P99");
        }
        if (compared) {
            titles.add("ANSWERS");
        }
        return titles;
    }

    List<String> cells(RealServerStatus server) {
        List<String> cells = new ArrayList<>();
        if (handshakes) {
            HandshakeTimes times = server.handshakes().lastMinute();
            cells.add(text(times.micros(0.5)));
            cells.add(text(times.micros(0.99)));
        }
        if (compared) {
            cells.add(text(server.answerMicros()));
        }
        return cells;
    }

    private static String text(long micros) {
        return micros == 0 ? NONE : Micros.text(micros);
    }
}
