// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.service.ClientNetworks;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.address.Masks;
import io.fullnat.core.address.Mixer;

/// What all workers of a balancer count together, for the limits of its services.
public final class Limits implements AutoCloseable {
    private static final long MAPPED_BITS = Long.SIZE + Integer.SIZE;
    private static final int NETWORK = 1;

    /// For the rates of some 460,000 networks in 8 MiB.
    private static final int RATE_PLACES = 1 << 16;

    private final ConnectionCounts services;
    private final ConnectionCounts halfOpen;
    private final ConnectionCounts servers;
    private final ClientCounts clients;
    private final ServiceRates rates;
    private final AnswerTimes answerTimes;
    private final TrafficBuckets traffic;
    private final SynProxyStates synProxies;
    private final ClientRates clientRates = new ClientRates(RATE_PLACES);
    private final int[] holders; // how many services have had each slot
    private final long seed;
    private final long ipv4Mask;
    private final long ipv6HighMask;
    private final long ipv6LowMask;

    /// Nothing is counted yet.
    ///
    /// @param serviceSlots how many services there can be
    /// @param serverSlots how many real servers there can be
    /// @param connections how many there can be at once, over all workers
    /// @param networks how large a client's network is
    /// @param seed secret of how clients are spread
    /// @param synProxies of as many services; closed with these
    public Limits(
            int serviceSlots,
            int serverSlots,
            long connections,
            ClientNetworks networks,
            long seed,
            SynProxyStates synProxies) {
        this.synProxies = synProxies;
        services = new ConnectionCounts(serviceSlots, "service");
        halfOpen = new ConnectionCounts(serviceSlots, "half-open service");
        servers = new ConnectionCounts(serverSlots, "server");
        clients = new ClientCounts(2 * connections); // each with its network
        rates = new ServiceRates(serviceSlots);
        answerTimes = new AnswerTimes(serverSlots);
        traffic = new TrafficBuckets(serviceSlots);
        holders = new int[serviceSlots];
        this.seed = seed;
        ipv4Mask = Masks.low((int) MAPPED_BITS + networks.ipv4());
        ipv6HighMask = Masks.high(networks.ipv6());
        ipv6LowMask = Masks.low(networks.ipv6());
    }

    /// Connections of services, by their slots.
    ///
    /// @return the counts
    public ConnectionCounts services() {
        return services;
    }

    /// Half-open connections of services, by their slots.
    ///
    /// @return the counts
    public ConnectionCounts halfOpen() {
        return halfOpen;
    }

    /// Connections of real servers, by their slots.
    ///
    /// @return the counts
    public ConnectionCounts servers() {
        return servers;
    }

    /// Connections of clients and of their networks.
    ///
    /// @return the counts
    public ClientCounts clients() {
        return clients;
    }

    /// Connections of services that begin, by their slots.
    ///
    /// @return their buckets
    public ServiceRates rates() {
        return rates;
    }

    /// Packets and bits of services, by their slots.
    ///
    /// @return their buckets
    public TrafficBuckets traffic() {
        return traffic;
    }

    /// SYN proxies of services, by their slots.
    ///
    /// @return which are switched on
    public SynProxyStates synProxies() {
        return synProxies;
    }

    /// Connections of clients' networks that begin.
    ///
    /// @return their buckets
    public ClientRates clientRates() {
        return clientRates;
    }

    /// How long real servers take to answer, by their slots.
    ///
    /// @return what is known
    public AnswerTimes answerTimes() {
        return answerTimes;
    }

    /// Names a client of a service in [#clients()].
    ///
    /// @param service its slot
    /// @param high first half of the client's address
    /// @param low last half
    /// @return its hash
    public long client(int service, long high, long low) {
        return hash((long) service << 1, high, low);
    }

    /// Names a client's network.
    ///
    /// @param service its slot
    /// @param high first half of the client's address
    /// @param low last half
    /// @return its hash
    public long network(int service, long high, long low) {
        boolean ipv4 = Addresses.isIpv4(high, low);
        long upper = ipv4 ? high : high & ipv6HighMask;
        long lower = low & (ipv4 ? ipv4Mask : ipv6LowMask);
        return hash((long) service << 1 | NETWORK, upper, lower);
    }

    /// Names a client's network in [#clientRates()]: what it took of a service is nothing to the
    /// next one with that slot.
    ///
    /// @param service its slot
    /// @param network as [#network] names it
    /// @return its hash
    public long rateOf(int service, long network) {
        return network + holders[service] * 0x9E37_79B9_7F4A_7C15L;
    }

    /// A service gets a slot: its buckets are full, whatever the one took that had it before. For
    /// the thread that gives slots, before workers know of the service.
    ///
    /// @param service its slot
    public void begin(int service) {
        holders[service]++;
        rates.fill(service);
        traffic.fill(service);
        synProxies.off(service);
    }

    private long hash(long name, long high, long low) {
        return Mixer.mix(Mixer.mix(Mixer.mix(seed ^ name) + high) + low);
    }

    @Override
    public void close() {
        services.close();
        halfOpen.close();
        servers.close();
        clients.close();
        rates.close();
        answerTimes.close();
        traffic.close();
        synProxies.close();
        clientRates.close();
    }
}
