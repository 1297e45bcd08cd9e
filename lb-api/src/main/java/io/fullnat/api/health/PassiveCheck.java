// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import java.time.Duration;

/// When a real server is taken for dead by what its connections meet: no answer to a SYN (which the
/// client repeats after three seconds, or until the connection ends), a reset instead of one, an
/// ICMP error that says that it cannot be reached, and, only where the service says so, UDP that is
/// not answered while nothing else is, for as long as the window. It then gets no new connection
/// for a while, the *inhibit time*, and after that connections again. Each time that it fails then
/// the inhibit time is twice as long; it is half as long with each of the first [#upNotice()]
/// successes after it, and with each such time that it stays alive. Immutable and thread-safe.
///
/// @param downNotice failures within the window that take it for dead, 1 to 255
/// @param upNotice successes after an inhibit time that halve it, 1 to 255
/// @param downWait the window, 1 s to a minute: it ends with each failure, so that as many within
///   any such time count, wherever it begins
/// @param inhibitMin the first inhibit time, 1 s to an hour
/// @param inhibitMax the longest, up to an hour
/// @param udpTwoWay whether a UDP client is always answered, so that silence is a failure; not to
///   be said of a protocol of which that is not so, as syslog
/// @param recovers whether it gets connections again by itself; else when its service's checks or
///   an external report next say that it is up after they said that it was down, or its passive
///   state is forgotten by another policy
public record PassiveCheck(
        int downNotice,
        int upNotice,
        Duration downWait,
        Duration inhibitMin,
        Duration inhibitMax,
        boolean udpTwoWay,
        boolean recovers) {
    private static final int MAX_NOTICES = 255;
    private static final Duration SECOND = Duration.ofSeconds(1);

    /// As DPVS has it: one failure, 3 s, 5 s to an hour.
    public static final PassiveCheck DEFAULT =
            new PassiveCheck(
                    1,
                    1,
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(5),
                    Duration.ofHours(1),
                    false,
                    true);

    /// Checks all of it.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for a value out of
    ///   range
    public PassiveCheck {
        requireNonNull(downWait, "downWait");
        requireNonNull(inhibitMin, "inhibitMin");
        requireNonNull(inhibitMax, "inhibitMax");
        Limits.require("down-notice of a passive check", downNotice, 1, MAX_NOTICES);
        Limits.require("up-notice of a passive check", upNotice, 1, MAX_NOTICES);
        Limits.require("down-wait of a passive check", downWait, SECOND, Duration.ofMinutes(1));
        Limits.require("inhibit-min of a passive check", inhibitMin, SECOND, Duration.ofHours(1));
        Limits.require("inhibit-max of a passive check", inhibitMax, SECOND, Duration.ofHours(1));
        if (inhibitMin.compareTo(inhibitMax) > 0) {
            throw Limits.wrong(
                    "inhibit-min "
                            + Limits.seconds(inhibitMin)
                            + " of a passive check is longer than its inhibit-max "
                            + Limits.seconds(inhibitMax)
                            + "; raise inhibit-max");
        }
    }

    /// The same with other numbers of failures and successes.
    ///
    /// @param down failures that take a server for dead
    /// @param up successes that halve the inhibit time
    /// @return a new value
    public PassiveCheck withNotices(int down, int up) {
        return new PassiveCheck(down, up, downWait, inhibitMin, inhibitMax, udpTwoWay, recovers);
    }

    /// The same with another window.
    ///
    /// @param window within which failures add up
    /// @return a new value
    public PassiveCheck withDownWait(Duration window) {
        return new PassiveCheck(
                downNotice, upNotice, window, inhibitMin, inhibitMax, udpTwoWay, recovers);
    }

    /// The same with other inhibit times.
    ///
    /// @param least the first
    /// @param most the longest
    /// @return a new value
    public PassiveCheck withInhibit(Duration least, Duration most) {
        return new PassiveCheck(downNotice, upNotice, downWait, least, most, udpTwoWay, recovers);
    }

    /// The same for UDP whose clients are always answered, or not.
    ///
    /// @param answered whether silence is a failure
    /// @return a new value
    public PassiveCheck withUdpTwoWay(boolean answered) {
        return new PassiveCheck(
                downNotice, upNotice, downWait, inhibitMin, inhibitMax, answered, recovers);
    }

    /// The same with servers that get connections again by themselves, or not.
    ///
    /// @param itself whether they do
    /// @return a new value
    public PassiveCheck withRecovers(boolean itself) {
        return new PassiveCheck(
                downNotice, upNotice, downWait, inhibitMin, inhibitMax, udpTwoWay, itself);
    }

    /// In the words of configurations and commands.
    @Override
    public String toString() {
        return "down-notice "
                + downNotice
                + " up-notice "
                + upNotice
                + " down-wait "
                + Limits.seconds(downWait)
                + " inhibit "
                + Limits.seconds(inhibitMin)
                + "-"
                + Limits.seconds(inhibitMax)
                + (udpTwoWay ? " udp-two-way" : "")
                + (recovers ? "" : " down-only");
    }
}
