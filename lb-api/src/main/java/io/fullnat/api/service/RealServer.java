// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;

/// A server behind a virtual service. Immutable and thread-safe.
///
/// @param endpoint where it listens
/// @param weight its share of new connections, 0 to 65535; with 0 it gets none and keeps those it
///   has
public record RealServer(Endpoint endpoint, int weight) {
    /// The largest weight.
    public static final int MAX_WEIGHT = 65535;

    /// Checks port and weight.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if one is out of range
    public RealServer {
        requireNonNull(endpoint, "endpoint");
        endpoint = endpoint.requireListening();
        if (weight < 0 || weight > MAX_WEIGHT) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "weight " + weight + " of real server " + endpoint + " is not 0-" + MAX_WEIGHT);
        }
    }

    /// A server of weight 1.
    ///
    /// @param address its address in text form
    /// @param port its port
    /// @return the server
    public static RealServer of(String address, int port) {
        return new RealServer(Endpoint.of(address, port), 1);
    }

    /// The same server with another weight.
    ///
    /// @param newWeight 0 to 65535
    /// @return a new value
    public RealServer withWeight(int newWeight) {
        return new RealServer(endpoint, newWeight);
    }

    @Override
    public String toString() {
        return endpoint + " weight " + weight;
    }
}
