package io.fullnat.api.service;

/// How a service treats its clients and its connections beyond scheduling: what has a default that
/// most services keep. Immutable and thread-safe.
///
/// @param refusal what a client hears that cannot be served
public record ServicePolicy(Refusal refusal) {
    /// What a service without a policy of its own does.
    public static final ServicePolicy DEFAULT = new ServicePolicy(Refusal.REJECT);

    /// What a client hears that cannot be served now, as no real server or local address is usable.
    public enum Refusal {
        /// A TCP reset, or an ICMP error for UDP; limited in rate.
        REJECT,
        /// Nothing.
        DROP
    }

    /// The same policy with another refusal.
    ///
    /// @param other what a client hears that cannot be served
    /// @return a new value
    public ServicePolicy withRefusal(Refusal other) {
        return new ServicePolicy(other);
    }
}
