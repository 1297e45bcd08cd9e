// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HealthPolicy.LastServer;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.SlowStart;
import java.time.Duration;
import java.util.Optional;

/// What a service makes of its servers' health, each part as one word.
final class HealthWords {
    private static final int MAX_SECONDS = 3600;
    private static final int MAX_WEIGHT = 1 << 30;
    private static final String SORRY = "sorry=";

    private HealthWords() {}

    static SlowStart readSlowStart(String text) {
        String[] parts = text.split(",", -1);
        if (parts.length > 2) {
            throw wrong("\"" + text + "\" is not SECONDS or SECONDS,FLOOR% (as 30,10%)");
        }
        Duration time = Duration.ofSeconds(Kind.number("slow start", parts[0], 0, MAX_SECONDS));
        return time.isZero() && parts.length == 1
                ? SlowStart.NONE
                : new SlowStart(
                        time,
                        parts.length == 1
                                ? SlowStart.DEFAULT_FLOOR
                                : Kind.number(
                                        "floor of slow start",
                                        parts[1].replaceFirst("%$", ""),
                                        1,
                                        100));
    }

    static String slowStart(SlowStart value) {
        String seconds = CheckWords.seconds(value.duration());
        return value.floor() == SlowStart.DEFAULT_FLOOR
                ? seconds
                : seconds + "," + value.floor() + "%";
    }

    static Quorum readQuorum(String text) {
        String[] parts = text.split(",", -1);
        if (parts.length > 2) {
            throw wrong("\"" + text + "\" is not WEIGHT or WEIGHT,HYSTERESIS (as 10,2)");
        }
        return new Quorum(
                Kind.number("quorum", parts[0], 1, MAX_WEIGHT),
                parts.length == 1
                        ? 0
                        : Kind.number("hysteresis of a quorum", parts[1], 0, MAX_WEIGHT));
    }

    static String quorum(Quorum value) {
        return value.hysteresis() == 0
                ? String.valueOf(value.weight())
                : value.weight() + "," + value.hysteresis();
    }

    /// What becomes of connections when nobody is up, with the sorry server if there is one.
    ///
    /// @param last what they meet
    /// @param sorryServer who gets them, if that is what they meet
    record Last(LastServer last, Optional<Endpoint> sorryServer) {
        static final Last REJECT = new Last(LastServer.REJECT, Optional.empty());

        static Last of(HealthPolicy health) {
            return new Last(health.lastServer(), health.sorryServer());
        }

        static Last parse(String text) {
            if (text.startsWith(SORRY)) {
                return new Last(
                        LastServer.SORRY,
                        Optional.of(Endpoint.parse(text.substring(SORRY.length()))));
            }
            return LastServer.of(text)
                    .filter(last -> last != LastServer.SORRY)
                    .map(last -> new Last(last, Optional.empty()))
                    .orElseThrow(() ->
                            wrong("\"" + text + "\" is not reject, keep or sorry=ADDRESS:PORT"));
        }

        String words() {
            return sorryServer.map(server -> SORRY + server).orElse(last.word());
        }

        HealthPolicy in(HealthPolicy health) {
            HealthPolicy.Builder builder = health.toBuilder();
            return sorryServer
                    .map(builder::sorryServer)
                    .orElseGet(() -> builder.lastServer(last))
                    .build();
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
