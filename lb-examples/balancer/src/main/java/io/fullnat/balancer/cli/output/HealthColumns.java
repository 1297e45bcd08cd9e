// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.balancer.attribute.HealthJson;
import io.fullnat.balancer.text.Visible;
import java.time.Duration;
import java.util.List;

/// Columns of a table of real servers that say how they are; none while nobody is asked about any
/// of them.
final class HealthColumns {
    private static final List<String> TITLES =
            List.of("STATE", "USE", "SINCE", "CHECKED", "REASON");
    private static final int SECONDS = 60;

    private final boolean shown;

    HealthColumns(List<RealServerStatus> servers) {
        shown = servers.stream().anyMatch(server -> isKnown(server.health()));
    }

    private static boolean isKnown(ServerHealth health) {
        return health.active() != State.UNCHECKED
                || health.passive() != State.UNCHECKED
                || health.external() != State.UNCHECKED
                || health.use() == Use.SLOW_START;
    }

    List<String> titles() {
        return shown ? TITLES : List.of();
    }

    List<String> cells(ServerHealth health) {
        return shown
                ? List.of(
                        health.up() ? "up" : "down",
                        use(health),
                        time(health.since()),
                        health.lastCheck().map(last -> time(last) + " ago").orElse("never"),
                        health.reason().isEmpty() ? "-" : Visible.of(health.reason()))
                : List.of();
    }

    private static String use(ServerHealth health) {
        return health.use() == Use.SLOW_START
                ? health.use().word() + " " + HealthJson.percent(health) + "%"
                : health.use().word();
    }

    /// A time in its two largest units: `3s`, `2m05s`, `1h00m`, `3d07h`.
    static String time(Duration time) {
        long seconds = Math.max(0, time.toSeconds());
        if (seconds < SECONDS) {
            return seconds + "s";
        }
        if (time.toHours() == 0) {
            return "%dm%02ds".formatted(time.toMinutes(), time.toSecondsPart());
        }
        return time.toDays() == 0
                ? "%dh%02dm".formatted(time.toHours(), time.toMinutesPart())
                : "%dd%02dh".formatted(time.toDays(), time.toHoursPart());
    }
}
