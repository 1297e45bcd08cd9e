// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.IdleMode;
import io.fullnat.core.packet.Tcp;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A balancer with one worker on its own thread over a port that makes its traffic.
public final class LoopTraffic implements AutoCloseable {
    /// After so long counters say what was done.
    private static final int COUNTED_MS = 100;

    private final LoopIo io;
    private final FullNatBalancer balancer;
    private final LoopNetwork network;
    private final Set<Beside> beside;
    private final Optional<OneFlowCaptured> capture;

    /// What was received and forwarded, headers sent included, before connections were established.
    private long receivedBefore;

    private long forwardedBefore;
    private long headersBefore;

    private LoopTraffic(
            LoopIo io, FullNatBalancer balancer, LoopNetwork network, Set<Beside> beside) {
        this.io = io;
        this.balancer = balancer;
        this.network = network;
        this.beside = beside;
        capture =
                beside.contains(Beside.CAPTURE)
                        ? Optional.of(new OneFlowCaptured(balancer, network.firstFlow()))
                        : Optional.empty();
    }

    /// Starts it, without traffic.
    ///
    /// @param network around it
    /// @param connections capacity of the worker's table
    /// @param offload whether the port claims to have checked IP checksums
    public static LoopTraffic start(LoopNetwork network, int connections, boolean offload) {
        return start(network, connections, offload, IdleMode.BACK_OFF);
    }

    /// @param idle what the worker does without traffic
    static LoopTraffic start(LoopNetwork network, int connections, boolean offload, IdleMode idle) {
        return start(network, connections, offload, idle, Beside.chosen());
    }

    /// @param beside what the balancer does beside its traffic
    static LoopTraffic start(
            LoopNetwork network,
            int connections,
            boolean offload,
            IdleMode idle,
            Set<Beside> beside) {
        LoopIo io = new LoopIo(offload, 1, beside.contains(Beside.KERNEL));
        FullNatBalancer balancer =
                FullNatBalancer.builder(io)
                        .connections(connections)
                        .seed(42)
                        .idle(idle)
                        .probes(Beside.probes())
                        .start();
        List<Change> changes = new ArrayList<>(network.changes());
        if (Beside.isPolicy(beside)) {
            changes.add(
                    new Change.SetPolicy(network.key(), Beside.policy(network.policy(), beside)));
        }
        balancer.control().apply(changes.toArray(Change[]::new));
        awaitAddresses(balancer);
        return new LoopTraffic(io, balancer, network, beside);
    }

    /// Traffic through a balancer that runs already, without what may be beside it.
    ///
    /// @param io its only port
    /// @param balancer which knows all of the network, to be closed after the traffic by its owner
    /// @param network around it
    static LoopTraffic over(LoopIo io, FullNatBalancer balancer, LoopNetwork network) {
        return new LoopTraffic(io, balancer, network, Set.of());
    }

    /// Addresses of IPv6 are used when nobody has objected for a second.
    private static void awaitAddresses(FullNatBalancer balancer) {
        while (balancer.network().addresses().stream()
                .anyMatch(status -> status.state() == AddressStatus.State.TENTATIVE)) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /// The port.
    public LoopIo io() {
        return io;
    }

    /// The balancer.
    public FullNatBalancer balancer() {
        return balancer;
    }

    /// First packets: a datagram of each flow, or a SYN, and the servers' answers.
    Phase open(int flows, boolean answered) {
        return phase(Tcp.SYN, FlowOrder.inOrder(flows), flows, answered);
    }

    /// Packets of connections: datagrams, or segments with data.
    Phase steady(FlowOrder order, long requests, boolean answered) {
        return phase(Tcp.ACK | Tcp.PSH, order, requests, answered);
    }

    /// Packets of connections with timestamps, and answers.
    Phase stamped(FlowOrder order, long requests) {
        return io.loop().run(new Phase(stamped(), order, requests, true));
    }

    private FrameMaker stamped() {
        return between(stamped(network.ipv6()), stamped(network.serversIpv6()));
    }

    private FrameMaker stamped(boolean ipv6) {
        Arena arena = io.loop().arena();
        Endpoint service = LoopNetwork.service(ipv6);
        return ipv6
                ? PacketMaker6.stamped(arena, service, LoopNetwork.SERVER_PORT)
                : PacketMaker.stamped(arena, service, LoopNetwork.SERVER_PORT);
    }

    private FrameMaker between(FrameMaker client, FrameMaker server) {
        return network.ipv6() == network.serversIpv6() ? client : new CrossMaker(client, server);
    }

    /// SYNs that the balancer answers.
    Phase syns(FlowOrder order, long requests) {
        PacketMaker maker =
                PacketMaker.syn(io.loop().arena(), network.service(), LoopNetwork.SERVER_PORT);
        return io.loop().run(new Phase(maker, order, requests, false));
    }

    /// Checks that every SYN was answered, and that nothing was kept of it.
    ///
    /// @throws IllegalStateException if it was not so
    void requireAllAnswered() {
        long received = balancer.counters().total(Counter.RECEIVED);
        long answered = balancer.counters().total(Outcome.SYN_ANSWERED);
        if (answered != received || balancer.counters().total(Counter.CONNECTIONS_CREATED) != 0) {
            throw new IllegalStateException(received + " received, " + answered + " answered");
        }
    }

    /// Lets connections begin whose ends look at what they get. What is forwarded of it is not
    /// looked at afterwards.
    ///
    /// @param flows how many
    /// @throws InterruptedException if the thread is interrupted
    void talk(int flows) throws InterruptedException {
        HonestEnds ends =
                new HonestEnds(io.loop().arena(), network.service(), LoopNetwork.SERVER_PORT);
        io.loop().run(Phase.talk(stamped(), ends, flows)).await();
        TimeUnit.MILLISECONDS.sleep(COUNTED_MS);
        receivedBefore = balancer.counters().total(Counter.RECEIVED);
        forwardedBefore = forwarded();
        headersBefore = headers();
        long wanted = network.tells() ? flows : 0;
        if (headersBefore < wanted) {
            throw new IllegalStateException(headersBefore + " servers were told of " + flows);
        }
    }

    private long forwarded() {
        return balancer.counters().total(Outcome.FORWARDED_IN)
                + balancer.counters().total(Outcome.FORWARDED_OUT);
    }

    private long headers() {
        return balancer.counters().total(Counter.TOA_SENT)
                + balancer.counters().total(Counter.PROXY_SENT);
    }

    /// Datagrams at a steady rate; nobody answers.
    Phase paced(FlowOrder order, long packets, Pace pace) {
        PacketMaker maker =
                PacketMaker.udp(io.loop().arena(), network.service(), LoopNetwork.SERVER_PORT);
        return io.loop().run(new Phase(maker, order, packets, false, pace));
    }

    /// The handshake's last segment, which makes connections established.
    Phase establish(int flows) {
        return phase(Tcp.ACK, FlowOrder.inOrder(flows), flows, false);
    }

    private Phase phase(int flags, FlowOrder order, long requests, boolean answered) {
        return io.loop().run(new Phase(maker(flags), order, requests, answered));
    }

    private FrameMaker maker(int flags) {
        return between(maker(flags, network.ipv6()), maker(flags, network.serversIpv6()));
    }

    private FrameMaker maker(int flags, boolean ipv6) {
        Arena arena = io.loop().arena();
        Endpoint service = LoopNetwork.service(ipv6);
        int port = LoopNetwork.SERVER_PORT;
        if (network.protocol() == Protocol.TCP) {
            return ipv6
                    ? PacketMaker6.tcp(arena, service, port, flags)
                    : PacketMaker.tcp(arena, service, port, flags);
        }
        Optional<QuicRouting> quic = QuicMaker.of(network.policy());
        if (quic.isPresent()) {
            return QuicMaker.of(arena, service, port, quic.get(), LoopNetwork.SERVERS);
        }
        return ipv6
                ? PacketMaker6.udp(arena, service, port)
                : PacketMaker.udp(arena, service, port);
    }

    /// Requests and answers in order of the flows, until the end.
    public void runForever(int flows) {
        steady(FlowOrder.inOrder(flows), Long.MAX_VALUE, true);
    }

    /// Ends the traffic and checks that every packet was forwarded, and that servers were checked
    /// if they were to be.
    ///
    /// @throws IllegalStateException if it was not so
    void requireAllForwarded() {
        if (beside.contains(Beside.CHECKS)
                && balancer.counters().total(Counter.HEALTH_PROBES) == 0) {
            throw new IllegalStateException("no server was checked; take more packets a round");
        }
        long received = balancer.counters().total(Counter.RECEIVED) - receivedBefore;
        long forwarded = forwarded() - forwardedBefore;
        if (forwarded != received) {
            throw new IllegalStateException(received + " received, " + forwarded + " forwarded");
        }
        capture.ifPresent(OneFlowCaptured::requireAll);
        long followed = balancer.counters().total(Counter.QUIC_IDS_FOLLOWED);
        if (network.policy().quic().isPresent()
                && followed != balancer.counters().total(Counter.CONNECTIONS_CREATED)) {
            throw new IllegalStateException(followed + " ids were followed");
        }
        if (headers() != headersBefore) {
            throw new IllegalStateException("servers were told again who their clients are");
        }
    }

    /// What was captured beside it; empty if nothing was to be.
    Optional<String> captured() {
        return capture.map(OneFlowCaptured::toString);
    }

    @Override
    public void close() {
        capture.ifPresent(OneFlowCaptured::close);
        balancer.close();
        io.close();
    }
}
