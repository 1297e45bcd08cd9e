// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// How the destination connection id of a QUIC packet (RFC 9000, RFC 9369) names a real server, so
/// that a client which comes from another address or port goes on with its server. Immutable and
/// thread-safe.
public sealed interface QuicRouting {
    /// The word for [Dpvs] in configurations and commands.
    String DPVS = "dpvs";

    /// The layout of DPVS: the last bytes of the server's address, and its port if it is there,
    /// stand in the id.
    record Dpvs() implements QuicRouting {
        @Override
        public List<String> lines() {
            return List.of(DPVS);
        }

        @Override
        public String toString() {
            return DPVS;
        }
    }

    /// QUIC-LB: each server has ids of its own ([RealServer#quicIds()]).
    ///
    /// @param configs one or more, no number twice
    record QuicLb(List<QuicConfig> configs) implements QuicRouting {
        /// Copies the list, and refuses a number that is there twice.
        public QuicLb {
            configs = List.copyOf(requireNonNull(configs, "configs"));
            if (configs.isEmpty()) {
                throw wrong("QUIC-LB needs a configuration");
            }
            Set<Integer> numbers = new HashSet<>();
            for (QuicConfig config : configs) {
                if (!numbers.add(config.number())) {
                    throw wrong("config " + config.number() + " of QUIC-LB is there twice");
                }
            }
        }

        @Override
        public List<String> lines() {
            return configs.stream().map(QuicConfig::line).toList();
        }

        @Override
        public String toString() {
            return configs.toString();
        }
    }

    /// All of it, with keys, as [#parse] reads it: for what must be read again. What people are
    /// shown is the text of the object, which has no keys.
    ///
    /// @return one line or several
    List<String> lines();

    /// Reads what [#lines()] writes.
    ///
    /// @param lines `dpvs` alone, or configurations of QUIC-LB; none for no such routing
    /// @return empty if there is no line
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if a line is neither
    static Optional<QuicRouting> parse(List<String> lines) {
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                lines.equals(List.of(DPVS))
                        ? new Dpvs()
                        : new QuicLb(lines.stream().map(QuicConfig::parse).toList()));
    }

    /// Checks the ids of a server.
    ///
    /// @param ids hexadecimal digits, lower case, 1 to 15 bytes each
    /// @return the same
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for one that is none, or is there
    ///   twice
    static List<String> requireIds(List<String> ids) {
        List<String> all = List.copyOf(ids);
        Set<String> seen = new HashSet<>();
        for (String id : all) {
            if (!id.matches("(?:[0-9a-f]{2}){1," + QuicConfig.MAX_SERVER_ID + "}")) {
                throw wrong(
                        "quic-id \""
                                + id
                                + "\" is not 1-"
                                + QuicConfig.MAX_SERVER_ID
                                + " bytes in hexadecimal digits");
            }
            if (!seen.add(id)) {
                throw wrong("quic-id " + id + " is there twice");
            }
        }
        return all;
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
