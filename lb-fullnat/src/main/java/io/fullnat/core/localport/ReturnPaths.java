// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.ReceiveSideScaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The return paths of a balancer, by port. Predicted if every port says how it spreads packets,
/// and over the workers' queues exactly, since a worker without packets could not choose a port;
/// otherwise by local port, for all ports alike, because a worker has one set of ports to choose
/// from. Each port that takes rules is then told to which queue local ports belong. Thread-safe;
/// but for [#devices()] immutable.
public final class ReturnPaths {
    /// How answers reach the worker that awaits them.
    public enum Mode {
        /// There is one worker.
        OWN("own"),
        /// The worker chooses a local port whose answers the NIC's hash brings to it.
        PREDICTED("predicted"),
        /// The port is told by rules, for each local address.
        RULES("rules"),
        /// By the worker at which they arrive.
        HANDED_OVER("handed-over");

        private final String word;

        Mode(String word) {
            this.word = word;
        }

        /// The word that listings have for it.
        ///
        /// @return one word
        public String word() {
            return word;
        }
    }

    private final ReturnPath[] byPort;
    private final Mode[] modes;
    private final int workers;
    private final int modulus;
    private final boolean predicted;
    private final boolean ruled;
    private final AnswerDevices devices = new AnswerDevices();

    /// The paths of a balancer.
    ///
    /// @param ports in order
    /// @param workers how many workers there are; worker *i* reads queue *i* of each port
    public ReturnPaths(List<? extends PacketPort> ports, int workers) {
        this.workers = workers;
        predicted = workers > 1 && ports.stream().allMatch(port -> isPredictable(port, workers));
        modes = new Mode[ports.size()];
        for (int port = 0; port < modes.length; port++) {
            modes[port] = mode(ports.get(port));
        }
        ruled = List.of(modes).contains(Mode.RULES);
        modulus = ruled ? powerOfTwo(workers) : workers;
        byPort = new ReturnPath[ports.size()];
        ReturnPath.ByPort byLocalPort = new ReturnPath.ByPort(workers, modulus);
        for (int port = 0; port < byPort.length; port++) {
            byPort[port] =
                    predicted
                            ? new ReturnPath.ByHash(
                                    ports.get(port).receiveSideScaling().orElseThrow(), byLocalPort)
                            : byLocalPort;
        }
    }

    private static boolean isPredictable(PacketPort port, int workers) {
        Optional<ReceiveSideScaling> scaling = port.receiveSideScaling();
        return scaling.filter(known -> known.isOver(workers)).isPresent();
    }

    private Mode mode(PacketPort port) {
        if (workers == 1) {
            return Mode.OWN;
        }
        if (predicted) {
            return Mode.PREDICTED;
        }
        Optional<FlowRules> rules = port.flowRules();
        return rules.isPresent() ? Mode.RULES : Mode.HANDED_OVER;
    }

    /// The smallest power of two that is not less.
    private static int powerOfTwo(int number) {
        int highest = Integer.highestOneBit(number);
        return highest == number ? number : 2 * highest;
    }

    /// Whether answers arrive at the worker that awaits them because it chose the port so.
    ///
    /// @return false if they go by local port
    public boolean isPredicted() {
        return predicted;
    }

    /// Whether some port is told by rules.
    ///
    /// @return true if [Mode#RULES] is the mode of one
    public boolean isRuled() {
        return ruled;
    }

    /// How the answers that arrive at a port reach their worker.
    ///
    /// @param port its number
    /// @return the mode; with [Mode#RULES], answers to an address whose rules the port refused are
    ///   handed over
    public Mode mode(int port) {
        return modes[port];
    }

    /// The rules that bring the answers to a local address to their workers: with them in place,
    /// each local port is matched by the one whose queue its worker reads.
    ///
    /// @param address where answers go
    /// @param vlan of the address, 0 for untagged frames
    /// @return for a port whose mode is [Mode#RULES]
    public List<FlowRule> rules(IpAddress address, int vlan) {
        List<FlowRule> rules = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            for (int residue = 0; residue < modulus; residue++) {
                int owner = PortPartition.owner(residue, workers, modulus);
                rules.add(new FlowRule(protocol, vlan, address, residue, modulus - 1, owner));
            }
        }
        return rules;
    }

    /// The path of answers that arrive at a port.
    ///
    /// @param port its number
    /// @return the path
    public ReturnPath path(int port) {
        return byPort[port];
    }

    /// The path of all that arrives at a port, if it is known how that spreads packets.
    ///
    /// @param port its number
    /// @param wide whether packets are of IPv6
    /// @return null if it is not known
    public @Nullable ReturnPath arrivalPath(int port, boolean wide) {
        return byPort[port] instanceof ReturnPath.ByHash hash
                        && (!wide || hash.scaling().spreadsIpv6())
                ? hash
                : null;
    }

    /// The devices by which answers come.
    ///
    /// @return filled by all workers
    public AnswerDevices devices() {
        return devices;
    }

    /// The ports that a worker chooses from.
    ///
    /// @param worker its number
    /// @return its share, or all if a port's owner depends on the rest of the tuple
    public PortPartition ports(int worker) {
        return predicted ? new PortPartition(0, 1) : share(worker);
    }

    /// The ports that a worker can have in use towards one real server.
    ///
    /// @param worker its number
    /// @return its share; where answers are predicted, one that is about as large as what it finds
    public PortPartition share(int worker) {
        return new PortPartition(worker, workers, modulus);
    }

    /// How many workers use each of those ports.
    ///
    /// @return 1 if they are shared out
    public int users() {
        return predicted ? workers : 1;
    }
}
