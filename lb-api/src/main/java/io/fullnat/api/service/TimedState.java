// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.stream.Stream;

/// A state of connections with an idle time: a connection that passes no packet for so long ends.
public enum TimedState {
    /// TCP: the client has sent a SYN.
    SYN_RECV("syn-recv", 30, 30, "the client has sent a SYN"),

    /// TCP: handshake done. RFC 5382 REQ-5 asks for at least 2 h 4 min.
    ESTABLISHED("established", 7440, 90, "handshake done"),

    /// TCP: the real server has closed, the client may go on. RFC 5382 REQ-5 asks for at least 4
    /// minutes.
    FIN_WAIT("fin-wait", 300, 7, "the real server has closed, the client may go on"),

    /// TCP: the client has closed, the real server may go on. RFC 5382 REQ-5 asks for at least 4
    /// minutes.
    CLOSE_WAIT("close-wait", 300, 7, "the client has closed, the real server may go on"),

    /// TCP: both have closed, the real server last: it keeps nothing of the connection.
    LAST_ACK("last-ack", 10, 7, "both have closed, the client first"),

    /// TCP: both have closed, the real server first or at the same time: it keeps the ports for
    /// some time, as long as this on Linux.
    TIME_WAIT("time-wait", 60, 7, "both have closed, the real server first"),

    /// TCP: reset.
    CLOSE("close", 10, 3, "reset"),

    /// UDP: not answered. RFC 4787 REQ-5 asks for at least 2 minutes.
    UDP_ONEWAY("udp-oneway", 120, 300, "the client has sent, the real server has not answered"),

    /// UDP: answered, and the client has sent nothing since: a question and its answer.
    UDP_NORMAL("udp-normal", 30, 300, "answered, and the client has sent nothing since"),

    /// UDP: the client went on after an answer. RFC 4787 REQ-5 recommends 5 minutes.
    UDP_STREAM("udp-stream", 300, 300, "the client went on after an answer");

    private final String key;
    private final int defaultSeconds;
    private final int dpvsSeconds;
    private final String meaning;

    TimedState(String key, int defaultSeconds, int dpvsSeconds, String meaning) {
        this.key = key;
        this.defaultSeconds = defaultSeconds;
        this.dpvsSeconds = dpvsSeconds;
        this.meaning = meaning;
    }

    /// The name in configuration and commands.
    ///
    /// @return lower case, for example `fin-wait`
    public String key() {
        return key;
    }

    /// The state of a name.
    ///
    /// @param key as [#key] gives it
    /// @return empty if there is none
    public static Optional<TimedState> of(String key) {
        requireNonNull(key, "key");
        return Stream.of(values()).filter(state -> state.key.equals(key)).findFirst();
    }

    /// The idle time unless another is set.
    ///
    /// @return seconds
    public int defaultSeconds() {
        return defaultSeconds;
    }

    /// What DPVS takes, for comparison.
    ///
    /// @return seconds
    public int dpvsSeconds() {
        return dpvsSeconds;
    }

    /// What the state says.
    ///
    /// @return a phrase
    public String meaning() {
        return meaning;
    }

    /// Whether a service's connection timeout stands for this state too, as in DPVS.
    ///
    /// @return true for an established TCP connection and for UDP
    public boolean takesConnectionTimeout() {
        return switch (this) {
            case ESTABLISHED, UDP_ONEWAY, UDP_NORMAL, UDP_STREAM -> true;
            default -> false;
        };
    }
}
