// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.BLKLST;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.CONNECTION;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.CPU;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.DAEMON;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.EXACT;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.FORCE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.FULLNAT;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.FWMARK_SERVICE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.GATEWAYING;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.HASH_TARGET;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.ICMPV6_SERVICE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.ICMP_SERVICE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.IFNAME;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.IPIP;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.JSON;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.LADDR;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.MASQUERADING;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.MATCH;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.MCAST_INTERFACE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.NOSORT;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.NUMERIC;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.PE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.PERSISTENT_CONN;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.PROXY_PROTOCOL;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.RATE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.REAL_SERVER;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.SCHED_FLAGS;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.SCTP_SERVICE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.SNAT;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.SOCKPAIR;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.SORT;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.STATS;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.SYNCID;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.TCP_SERVICE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.THRESHOLDS;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.TIMEOUT;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.UDP_SERVICE;
import static io.fullnat.balancer.cli.ipvsadm.IpvsOption.WHTLST;

import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The commands of `ipvsadm`, with the options that each takes: DPVS's table, and `--json` for
/// lists, `--force`, `--flush-laddr` and `--timeouts`.
@SuppressWarnings("ImmutableEnumChecker") // nobody changes the sets
public enum IpvsCommand {
    ADD_SERVICE("A", "add-service", Service.NEEDED, Options.NO_ONE, Options.OF_SERVICE),
    EDIT_SERVICE("E", "edit-service", Service.NEEDED, Options.NO_ONE, Options.OF_SERVICE),
    DELETE_SERVICE("D", "delete-service", Service.NEEDED, Options.NO_ONE, Options.NO_ONE),
    CLEAR("C", "clear", Service.REFUSED, Options.NO_ONE, Options.NO_ONE),
    RESTORE("R", "restore", Service.REFUSED, Options.NO_ONE, Options.NO_ONE),
    SAVE("S", "save", Service.REFUSED, Options.NO_ONE, Set.of(NUMERIC)),
    ADD_SERVER("a", "add-server", Service.NEEDED, Set.of(REAL_SERVER), Options.OF_SERVER),
    EDIT_SERVER("e", "edit-server", Service.NEEDED, Set.of(REAL_SERVER), Options.OF_SERVER),
    DELETE_SERVER("d", "delete-server", Service.NEEDED, Set.of(REAL_SERVER), Options.NO_ONE),
    LIST("Ll", "list", Service.OPTIONAL, Options.NO_ONE, Options.OF_LIST),
    ZERO("Z", "zero", Service.OPTIONAL, Options.NO_ONE, Options.NO_ONE),
    ADD_LADDR("P", "add-laddr", Service.NEEDED, Set.of(LADDR, IFNAME), Options.NO_ONE),
    DEL_LADDR("Q", "del-laddr", Service.NEEDED, Set.of(LADDR, IFNAME), Set.of(FORCE)),
    GET_LADDR("G", "get-laddr", Service.OPTIONAL, Options.NO_ONE, Set.of(CPU, JSON)),
    FLUSH_LADDR("", "flush-laddr", Service.NEEDED, Options.NO_ONE, Set.of(FORCE)),
    ADD_BLKLST("U", "add-blklst", Service.NEEDED, Set.of(BLKLST), Options.NO_ONE),
    DEL_BLKLST("V", "del-blklst", Service.NEEDED, Set.of(BLKLST), Options.NO_ONE),
    GET_BLKLST("B", "get-blklst", Service.OPTIONAL, Options.NO_ONE, Set.of(JSON)),
    ADD_WHTLST("O", "add-whtlst", Service.NEEDED, Set.of(WHTLST), Options.NO_ONE),
    DEL_WHTLST("Y", "del-whtlst", Service.NEEDED, Set.of(WHTLST), Options.NO_ONE),
    GET_WHTLST("W", "get-whtlst", Service.OPTIONAL, Options.NO_ONE, Set.of(JSON)),
    SET("", "set", Service.REFUSED, Options.NO_ONE, Options.NO_ONE),
    START_DAEMON("", "start-daemon", Service.REFUSED, Options.NO_ONE, Options.OF_DAEMON),
    STOP_DAEMON("", "stop-daemon", Service.REFUSED, Options.NO_ONE, Set.of(SYNCID)),
    HELP("h", "help", Service.REFUSED, Options.NO_ONE, Options.NO_ONE),
    VERSION("v", "version", Service.REFUSED, Options.NO_ONE, Options.NO_ONE);

    /// Whether a command is about one service.
    enum Service {
        REFUSED,
        OPTIONAL,
        NEEDED
    }

    private final String letters;
    private final String word;
    private final Service service;
    private final Set<IpvsOption> needed;
    private final Set<IpvsOption> allowed;

    IpvsCommand(
            String letters,
            String word,
            Service service,
            Set<IpvsOption> needed,
            Set<IpvsOption> allowed) {
        this.letters = letters;
        this.word = word;
        this.service = service;
        this.needed = needed;
        this.allowed = allowed;
    }

    static Optional<IpvsCommand> of(char letter) {
        return Stream.of(values())
                .filter(command -> command.letters.indexOf(letter) >= 0)
                .findFirst();
    }

    static Optional<IpvsCommand> of(String word) {
        return Stream.of(values()).filter(command -> command.word.equals(word)).findFirst();
    }

    Service service() {
        return service;
    }

    /// Options that must be given, besides the service.
    Set<IpvsOption> needed() {
        return needed;
    }

    /// Whether an option may be given.
    boolean takes(IpvsOption option) {
        return needed.contains(option)
                || allowed.contains(option)
                || (service != Service.REFUSED && Options.SERVICE.contains(option))
                || (service != Service.REFUSED && option == IpvsOption.IPV6);
    }

    /// The command as messages call it: `-A (--add-service)`.
    String label() {
        return letters.isEmpty() ? "--" + word : "-" + letters.charAt(0) + " (--" + word + ")";
    }

    /// All commands in long.
    static List<String> longForms() {
        return Stream.of(values()).map(IpvsCommand::longForm).toList();
    }

    public String longForm() {
        return "--" + word;
    }

    /// Sets of options that belong together.
    static final class Options {
        /// One of them names a service.
        static final Set<IpvsOption> SERVICE =
                Set.of(
                        TCP_SERVICE,
                        UDP_SERVICE,
                        SCTP_SERVICE,
                        ICMP_SERVICE,
                        ICMPV6_SERVICE,
                        FWMARK_SERVICE,
                        MATCH);

        /// Only one of each set may be given.
        static final List<Set<IpvsOption>> EXCLUSIVE =
                List.of(
                        SERVICE,
                        Set.of(GATEWAYING, IPIP, FULLNAT, SNAT, MASQUERADING),
                        Set.of(SORT, NOSORT),
                        Set.of(STATS, RATE, THRESHOLDS, PERSISTENT_CONN, TIMEOUT, DAEMON),
                        Set.of(CONNECTION, STATS, RATE, THRESHOLDS, TIMEOUT, DAEMON));

        private static final Set<IpvsOption> NO_ONE = Set.of();
        private static final Set<IpvsOption> OF_SERVICE =
                with(ServiceAttributes.ALL, PE, HASH_TARGET, SCHED_FLAGS, PROXY_PROTOCOL);
        private static final Set<IpvsOption> OF_SERVER =
                with(ServerAttributes.ALL, GATEWAYING, IPIP, FULLNAT, SNAT, MASQUERADING);
        private static final Set<IpvsOption> OF_LIST =
                Set.of(
                        NUMERIC,
                        CONNECTION,
                        STATS,
                        RATE,
                        THRESHOLDS,
                        PERSISTENT_CONN,
                        SORT,
                        NOSORT,
                        EXACT,
                        SOCKPAIR,
                        CPU,
                        TIMEOUT,
                        DAEMON,
                        SYNCID,
                        JSON);
        private static final Set<IpvsOption> OF_DAEMON = Set.of(MCAST_INTERFACE, SYNCID);

        private Options() {}

        private static <T> Set<IpvsOption> with(
                List<Attribute<T, ?>> attributes, IpvsOption... others) {
            Set<IpvsOption> all = new HashSet<>(List.of(others));
            attributes.forEach(attribute -> all.add(IpvsOption.of(attribute)));
            return Set.copyOf(all);
        }
    }
}
