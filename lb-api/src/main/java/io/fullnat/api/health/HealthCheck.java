// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// A check of real servers: what they are asked, how often, and how many answers decide. A server
/// with several checks is up while all of them say so.
///
/// A server is probed again when the interval is over since the probe before began, and not before
/// that has ended. Where the first of an interval lies differs from server to server, so that they
/// are not all probed at once. Made by a [Builder]. Immutable and thread-safe.
///
/// @param probe what is asked
/// @param interval between the beginnings of two probes, 0.1 s to a day
/// @param jitter by how much each interval is changed at random, up or down, 0 to 50 percent
/// @param timeout by when an answer must be there, 0.01 s to a minute
/// @param rise how many probes in a row must pass before a server that is down is up, 1 to 255
/// @param fall how many in a row must fail before one that is up is down, 1 to 255
/// @param source the address to ask from; empty for the system's choice
/// @param port where to ask if not at the server's port; empty for that
/// @param initial what a server counts as until the first probe has ended, which then decides alone
/// @param proxy by which PROXY header servers hear that it is a check
public record HealthCheck(
        ProbeSpec probe,
        Duration interval,
        int jitter,
        Duration timeout,
        int rise,
        int fall,
        Optional<IpAddress> source,
        OptionalInt port,
        Initial initial,
        Proxy proxy) {
    /// The default for [Builder#interval(Duration)].
    public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(3);

    /// The default for [Builder#timeout(Duration)].
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

    /// The default for [Builder#jitter(int)], in percent.
    public static final int DEFAULT_JITTER = 10;

    /// The default for [Builder#rise(int)].
    public static final int DEFAULT_RISE = 1;

    /// The default for [Builder#fall(int)].
    public static final int DEFAULT_FALL = 2;

    /// The largest [#rise()] and [#fall()].
    public static final int MAX_PROBES = 255;

    /// The largest [#jitter()], in percent.
    public static final int MAX_JITTER = 50;

    private static final Duration MIN_INTERVAL = Duration.ofMillis(100);
    private static final Duration MAX_INTERVAL = Duration.ofDays(1);
    private static final Duration MIN_TIMEOUT = Duration.ofMillis(10);
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);

    /// What a server counts as of which nothing is known yet.
    public enum Initial {
        /// It gets connections at once.
        UP,
        /// It gets none before its first probe has passed.
        DOWN;

        /// The word for it in configurations and commands.
        ///
        /// @return `up` or `down`
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The one with this word.
        ///
        /// @param word as [#word()] gives it
        /// @return empty if it is none
        public static Optional<Initial> of(String word) {
            requireNonNull(word, "word");
            return Arrays.stream(values()).filter(initial -> initial.word().equals(word)).findAny();
        }
    }

    /// By which header of the PROXY protocol servers hear that a probe is of the balancer's own and
    /// no client's: its command is LOCAL, in the text form its protocol UNKNOWN.
    public enum Proxy {
        /// The form that clients' connections to the service have, if the check asks at the
        /// server's port; none at another port.
        SERVICE,
        /// None.
        NONE,
        /// Text.
        V1,
        /// The binary form.
        V2;

        /// The word for it in configurations and commands.
        ///
        /// @return `service`, `none`, `v1` or `v2`
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The one with this word.
        ///
        /// @param word as [#word()] gives it
        /// @return empty if it is none
        public static Optional<Proxy> of(String word) {
            requireNonNull(word, "word");
            return Arrays.stream(values()).filter(proxy -> proxy.word().equals(word)).findAny();
        }
    }

    /// Checks all of it.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for a value out of
    ///   range, or a header that the probe cannot have
    public HealthCheck {
        requireNonNull(probe, "probe");
        requireNonNull(interval, "interval");
        requireNonNull(timeout, "timeout");
        requireNonNull(source, "source");
        requireNonNull(port, "port");
        requireNonNull(initial, "initial");
        requireNonNull(proxy, "proxy");
        if (form(proxy, probe) != proxy) {
            throw ProbeOptions.wrong(
                    "proxy "
                            + proxy.word()
                            + " of check "
                            + probe.word()
                            + (form(Proxy.V2, probe) == Proxy.V2
                                    ? ": datagrams have no text form; say v2"
                                    : ": it has no header; leave it out"));
        }
        Limits.require("interval of a health check", interval, MIN_INTERVAL, MAX_INTERVAL);
        Limits.require("jitter of a health check", jitter, 0, MAX_JITTER);
        Limits.require("timeout of a health check", timeout, MIN_TIMEOUT, MAX_TIMEOUT);
        Limits.require("rise of a health check", rise, 1, MAX_PROBES);
        Limits.require("fall of a health check", fall, 1, MAX_PROBES);
        if (port.isPresent()) {
            Limits.require("port of a health check", port.getAsInt(), 1, 65535);
        }
    }

    /// Begins a check with the defaults.
    ///
    /// @param probe what is asked
    /// @return a builder of it
    public static Builder builder(ProbeSpec probe) {
        return new Builder(requireNonNull(probe, "probe"));
    }

    /// A check with the defaults.
    ///
    /// @param probe what is asked
    /// @return the check
    public static HealthCheck of(ProbeSpec probe) {
        return builder(probe).build();
    }

    /// Begins another check that is as this one, but for what the builder is told.
    ///
    /// @return a builder with all that this check says
    public Builder toBuilder() {
        return new Builder(probe)
                .interval(interval)
                .jitter(jitter)
                .timeout(timeout)
                .rise(rise)
                .fall(fall)
                .source(source)
                .port(port)
                .initial(initial)
                .proxy(proxy);
    }

    /// What a probe can have of what is wanted.
    private static Proxy form(Proxy wanted, ProbeSpec probe) {
        return switch (probe) {
            case PingProbe _, CommandProbe _ -> wanted == Proxy.SERVICE ? wanted : Proxy.NONE;
            case UdpProbe _, DnsProbe _ -> wanted == Proxy.V1 ? Proxy.NONE : wanted;
            default -> wanted;
        };
    }

    /// The header that its probes begin with.
    ///
    /// @param service the form of the service that is checked: [Proxy#NONE], [Proxy#V1] or
    ///   [Proxy#V2]
    /// @return any of these
    public Proxy proxyFor(Proxy service) {
        requireNonNull(service, "service");
        if (proxy != Proxy.SERVICE) {
            return proxy;
        }
        boolean none =
                port.isPresent() || probe instanceof PingProbe || probe instanceof CommandProbe;
        return none ? Proxy.NONE : form(service, probe);
    }

    /// In the words of configurations and commands.
    @Override
    public String toString() {
        return probe
                + " interval "
                + Limits.seconds(interval)
                + " jitter "
                + jitter
                + " % timeout "
                + Limits.seconds(timeout)
                + " rise "
                + rise
                + " fall "
                + fall
                + source.map(address -> " source " + address).orElse("")
                + (port.isPresent() ? " port " + port.getAsInt() : "")
                + " initial "
                + initial.word()
                + (proxy == Proxy.SERVICE ? "" : " proxy " + proxy.word());
    }

    /// Makes checks. For one thread; may go on after [#build()].
    public static final class Builder {
        private final ProbeSpec probe;
        private Duration interval = DEFAULT_INTERVAL;
        private int jitter = DEFAULT_JITTER;
        private Duration timeout = DEFAULT_TIMEOUT;
        private int rise = DEFAULT_RISE;
        private int fall = DEFAULT_FALL;
        private Optional<IpAddress> source = Optional.empty();
        private OptionalInt port = OptionalInt.empty();
        private Initial initial = Initial.UP;
        private Proxy proxy = Proxy.SERVICE;

        private Builder(ProbeSpec probe) {
            this.probe = probe;
        }

        /// The time between the beginnings of two probes; 3 s if not said.
        ///
        /// @param time 0.1 s to a day
        /// @return this
        public Builder interval(Duration time) {
            interval = requireNonNull(time, "time");
            return this;
        }

        /// By how much each interval is changed at random; 10 percent if not said.
        ///
        /// @param percent 0 to 50
        /// @return this
        public Builder jitter(int percent) {
            jitter = percent;
            return this;
        }

        /// By when an answer must be there; 2 s if not said.
        ///
        /// @param time 0.01 s to a minute
        /// @return this
        public Builder timeout(Duration time) {
            timeout = requireNonNull(time, "time");
            return this;
        }

        /// How many probes in a row must pass before a server that is down is up; 1 if not said.
        ///
        /// @param probes 1 to 255
        /// @return this
        public Builder rise(int probes) {
            rise = probes;
            return this;
        }

        /// How many probes in a row must fail before a server that is up is down; 2 if not said.
        ///
        /// @param probes 1 to 255
        /// @return this
        public Builder fall(int probes) {
            fall = probes;
            return this;
        }

        /// The address to ask from; the system's choice if not said.
        ///
        /// @param address of this machine; empty for the system's choice
        /// @return this
        public Builder source(Optional<IpAddress> address) {
            source = requireNonNull(address, "address");
            return this;
        }

        /// Where to ask; at the server's port if not said.
        ///
        /// @param number 1 to 65535; empty for the server's port
        /// @return this
        public Builder port(OptionalInt number) {
            port = requireNonNull(number, "number");
            return this;
        }

        /// What a server counts as until its first probe has ended; up if not said.
        ///
        /// @param state up or down
        /// @return this
        public Builder initial(Initial state) {
            initial = requireNonNull(state, "state");
            return this;
        }

        /// By which PROXY header servers hear that it is a check; as the service says if not said.
        ///
        /// @param form which
        /// @return this
        public Builder proxy(Proxy form) {
            proxy = requireNonNull(form, "form");
            return this;
        }

        /// Makes the check.
        ///
        /// @return a new value
        /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for a value out of
        ///   range
        public HealthCheck build() {
            return new HealthCheck(
                    probe, interval, jitter, timeout, rise, fall, source, port, initial, proxy);
        }
    }
}
