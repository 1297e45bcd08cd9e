// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HealthPolicy.LastServer;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.SlowStart;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a service makes of its servers' health, each part as one word.
final class HealthWords {
    private static final int MAX_SECONDS = 3600;
    private static final int MAX_WEIGHT = 1 << 30;
    private static final String DISABLE = "disable";
    private static final String DEFAULT = "default";
    private static final String TWO_WAY = ",two-way";
    private static final String SORRY = "sorry=";

    /// As DPVS has it: failures, successes, window and inhibit times; or failures and window of a
    /// server that does not come back by itself.
    private static final Pattern PASSIVE =
            Pattern.compile("([0-9]+)(?:,([0-9]+))?,([0-9]+)s(?:,([0-9]+)-([0-9]+)s)?");

    private HealthWords() {}

    static Optional<PassiveCheck> readPassive(String text) {
        boolean twoWay = text.endsWith(TWO_WAY);
        String words = twoWay ? text.substring(0, text.length() - TWO_WAY.length()) : text;
        if (words.equals(DISABLE) && !twoWay) {
            return Optional.empty();
        }
        if (words.equals(DEFAULT)) {
            return Optional.of(PassiveCheck.DEFAULT.withUdpTwoWay(twoWay));
        }
        Matcher parts = PASSIVE.matcher(words);
        if (!parts.matches() || (parts.group(2) == null) != (parts.group(4) == null)) {
            throw wrong(
                    "\""
                            + text
                            + "\" is not disable, default, DOWN,UP,WAITs,MIN-MAXs (as"
                            + " 1,1,3s,5-3600s) or DOWN,WAITs; ,two-way may follow, and active"
                            + " checks have an option of their own");
        }
        PassiveCheck check =
                PassiveCheck.DEFAULT
                        .withUdpTwoWay(twoWay)
                        .withDownWait(time("the window", parts.group(3)));
        int down = number("down-notice", parts.group(1));
        if (parts.group(2) == null) {
            return Optional.of(check.withNotices(down, 1).withRecovers(false));
        }
        return Optional.of(
                check.withNotices(down, number("up-notice", parts.group(2)))
                        .withInhibit(
                                time("the inhibit time", parts.group(4)),
                                time("the inhibit time", parts.group(5))));
    }

    private static int number(String what, String text) {
        return Kind.number(what, text, 1, 255);
    }

    private static Duration time(String what, String text) {
        return Duration.ofSeconds(Kind.number(what, text, 1, MAX_SECONDS));
    }

    static String passive(Optional<PassiveCheck> value) {
        return value.map(HealthWords::words).orElse(DISABLE);
    }

    private static String words(PassiveCheck check) {
        String twoWay = check.udpTwoWay() ? TWO_WAY : "";
        if (check.withUdpTwoWay(false).equals(PassiveCheck.DEFAULT)) {
            return DEFAULT + twoWay;
        }
        String wait = CheckWords.seconds(check.downWait()) + "s";
        return check.recovers()
                ? check.downNotice()
                        + ","
                        + check.upNotice()
                        + ","
                        + wait
                        + ","
                        + CheckWords.seconds(check.inhibitMin())
                        + "-"
                        + CheckWords.seconds(check.inhibitMax())
                        + "s"
                        + twoWay
                : check.downNotice() + "," + wait + twoWay;
    }

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
