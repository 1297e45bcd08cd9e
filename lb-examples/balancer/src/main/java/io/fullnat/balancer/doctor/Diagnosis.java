// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.service.PortUsage;
import java.util.Locale;
import java.util.Map;

/// What can be found besides the conditions of a running balancer and the advice about its machine.
/// The names are stable.
enum Diagnosis {
    NO_BALANCER(
            Level.FAULT,
            "nobody answers at the socket (with `--config` a hint)",
            "nothing is forwarded, and what only a running balancer knows cannot be seen",
            "`systemctl status fullnat`; `fullnat run --config FILE`; `FULLNAT_SOCKET` names another"
                    + " socket"),
    NOT_FORWARDING(
            Level.FAULT,
            "`/v2/health` says `DOWN`",
            "no packet is forwarded",
            "mend what is said below: a worker that stands still, or all links"),
    CONFIGURATION_WRONG(
            Level.FAULT,
            "the file has an error, or cannot be read",
            "a balancer does not start with it, and a running one does not take it over",
            "correct it until `fullnat config check {file}` says so"),
    RESTART_NEEDED(
            Level.WARNING,
            "a reload would be refused",
            "the running balancer is not, and cannot become, what its file says",
            "correct the file, or restart the balancer when it suits (`fullnat reload --dry-run`"
                    + " shows this again)"),
    UNSAVED(
            Level.WARNING,
            "a reload would change something",
            "a reload or restart would take back what was changed by commands",
            "keep what runs: `fullnat config export`; or take the file: `fullnat reload`"),
    CLOCK_SOURCE(
            Level.WARNING,
            "the kernel's clock is neither `tsc`, `kvm-clock`, `arch_sys_counter` nor Hyper-V's",
            "each look at the clock is a call to the kernel or a slow device, and workers look at it"
                    + " in each duty cycle",
            "`dmesg | grep -i clocksource` says why; the kernel's option `clocksource=tsc` asks for"
                    + " it"),
    CLOCK_NOT_SYNCHRONISED(
            Level.WARNING,
            "`workers.cookie-secrets-file` is given, and the clock is not synchronised",
            "nodes that share secrets take each other's SYN cookies only while their clocks differ"
                    + " by less than a minute",
            "`timedatectl set-ntp true`"),
    SWAPPED(
            Level.WARNING,
            "a part of the balancer is swapped out",
            "a worker that needs it waits for a disk",
            "`swapoff -a`, or `MemorySwapMax=0` in the unit"),
    OPEN_FILES(
            Level.WARNING,
            percent(Thresholds.OPEN_FILES) + " of the files that it may open are open",
            "health checks and API connections need files",
            "`LimitNOFILE=` in the unit (`systemctl edit fullnat`), or `ulimit -n`"),
    MEMORY_LIMIT(
            Level.WARNING,
            percent(Thresholds.MEMORY) + " of what its cgroup may have are in use",
            "the kernel ends the balancer when it needs more",
            "raise `MemoryMax=` of the unit or the container's limit, or ask for less:"
                    + " `workers.connections`, `memory.megabytes`"),
    HEAP_FULL(
            Level.WARNING,
            percent(Thresholds.HEAP) + " of the JVM's heap are in use",
            "collections take the CPU, and changes become slow",
            "`FULLNAT_JAVA_OPTIONS=\"-Xms2g -Xmx2g\"` (docs/tuning.md)"),
    HEAP_SMALL(
            Level.HINT,
            Thresholds.MANY_SERVICES + " services or more, and less than 2 GiB of heap",
            "a reload of so many services needs room",
            "`FULLNAT_JAVA_OPTIONS=\"-Xms2g -Xmx2g\"` (docs/tuning.md)"),
    COLLECTOR(
            Level.WARNING,
            "the JVM runs with the serial or the parallel collector",
            "each collection stops the workers",
            "leave the choice to `fullnat`: take the option out of `FULLNAT_JAVA_OPTIONS`"),
    DEBUGGED(
            Level.WARNING,
            "the JVM runs with `-Xint`, a debugger's agent or assertions",
            "packets take many times as long",
            "take the option out of `FULLNAT_JAVA_OPTIONS`"),
    DEVICE_MISSING(
            Level.FAULT,
            "a port's PCI device is not there",
            "the balancer does not start",
            "`lspci -D` lists the devices; correct `ports[].device`"),
    DEVICE_DRIVER(
            Level.FAULT,
            "a port's PCI device is bound to none of the drivers that give it to DPDK",
            "the balancer does not start",
            "`dpdk-devbind.py --bind=vfio-pci {device}`"),
    INTERFACE_MISSING(
            Level.FAULT,
            "the kernel interface of a port is not there",
            "nothing is received and sent by the port",
            "`ip link show`; make it, or correct `ports[].device`. A balancer that runs takes it by"
                    + " itself when it is back"),
    INTERFACE_DOWN(
            Level.FAULT,
            "the kernel interface of a port is down",
            "nothing is received and sent by the port",
            "`ip link set dev {interface} up`"),
    LINK_DOWN(
            Level.FAULT,
            "the link of a port is down",
            "what should leave by it is dropped and counted as `LINK_DOWN`",
            "`ip link set dev {interface} up` if that is down; else look at cable and switch. The"
                    + " port goes on by itself when the link is back"),
    HALF_DUPLEX(
            Level.WARNING,
            "a link is half duplex",
            "one end does not negotiate: frames collide and are lost under load",
            "let both ends negotiate: `ethtool -s {interface} autoneg on`"),
    MTU_DIFFERS(
            Level.WARNING,
            "a port's MTU is larger than that of its interface",
            "what is longer than the interface takes ends as `TRANSMIT_REFUSED`",
            "`ip link set dev {interface} mtu {mtu}`, or `ports[].mtu`"),
    NET_AF_PACKET(
            Level.WARNING,
            "a port uses DPDK's own driver net_af_packet",
            "it cuts off packets that GRO has joined, and passes on wrong checksums (docs/native.md)",
            "`ports[].device`: say `af_packet:{interface}`"),
    OFFLOADS(
            Level.HINT,
            "packets arrive that the kernel has joined, or without checksums",
            "the balancer cuts them and completes them, packet by packet",
            "at the peers, or here if the interface joins them: `ethtool -K {interface} tx off tso"
                    + " off gso off gro off lro off`"),
    KERNEL_ADDRESS(
            Level.WARNING,
            "the kernel has an address of the balancer's on the interface of an `af_packet:` port",
            "the kernel answers, too: it resets connections that are not its own",
            "`ip address del {address} dev {interface}`"),
    GATEWAY_SILENT(
            Level.FAULT,
            "a gateway of a route does not answer ARP or neighbour discovery",
            "packets by that route are dropped (`NEIGHBOUR_UNREACHABLE`)",
            "is it up, on that link and in that VLAN? `fullnat capture --port {port} arp or icmp6`;"
                    + " a static one: `fullnat neighbour add {address} MAC {device}`"),
    NEIGHBOUR_SILENT(
            Level.WARNING,
            "a real server, or another station, does not answer ARP or neighbour discovery",
            "packets to it are dropped (`NEIGHBOUR_UNREACHABLE`)",
            "is it up, on that link and in that VLAN? `fullnat capture --port {port} arp or icmp6`;"
                    + " until it is back: `fullnat server inhibit PROTOCOL SERVICE SERVER`"),
    NEIGHBOUR_UNKNOWN(
            Level.HINT,
            "a real server without active checks, on a network of the balancer's, is in no worker's"
                    + " table of neighbours",
            "nothing was sent to it of late, or it does not answer",
            "send it something through the service, and look again; active checks find out by"
                    + " themselves (`fullnat service edit {service} --checks tcp`, docs/health.md)"),
    NEIGHBOURS_NEARLY_FULL(
            Level.WARNING,
            percent(Thresholds.NEIGHBOURS) + " of a worker's places for neighbours are taken",
            "neighbours give way to others and are looked for again",
            "`fullnat neighbour list`; clients on the balancer's own links belong behind a router"),
    SERVER_DOWN(
            Level.WARNING,
            "a real server with a weight is down",
            "it gets no new connections",
            "look whether the program on it runs and listens (on it: `ss -ltnu`); `fullnat server"
                    + " list {service}` shows the reason; for maintenance: `fullnat server inhibit"
                    + " {service} SERVER`"),
    SERVICE_DOWN(
            Level.FAULT,
            "a service has real servers, and none is up",
            "its clients are refused, or go to the sorry server",
            "look at its servers: `fullnat service show {service}`"),
    SERVICE_EMPTY(
            Level.WARNING,
            "a service has no real server",
            "its clients are refused",
            "`fullnat server add {service} SERVER`, or `fullnat service remove {service}`"),
    SORRY_SERVER_DOWN(
            Level.WARNING,
            "the sorry server of a service is down",
            "it serves all the same when none of the others does, and its clients meet nobody",
            "look whether the program on it runs and listens; `fullnat service show {service}`"
                    + " shows the reason; for another one: `fullnat service edit {service}"
                    + " --last-server sorry=SERVER`"),
    SERVICE_WITHOUT_WEIGHT(
            Level.WARNING,
            "all real servers of a service have weight 0 or are inhibited",
            "its clients are refused",
            "`fullnat server edit {service} SERVER --weight 1`, or `fullnat server uninhibit"
                    + " {service} SERVER`"),
    SERVICE_WITHOUT_LOCALS(
            Level.FAULT,
            "a service has real servers and no local address",
            "its clients are refused (`NO_LOCAL_ADDRESS`)",
            "`fullnat laddr add {service} ADDRESS DEVICE`"),
    LOCAL_PORTS_HIGH(
            Level.HINT,
            "the fullest pair of a local address and a real server has been "
                    + PortUsage.WARNING_PERCENT
                    + " % full",
            "it came near to refusing connections",
            "add one more in time: `fullnat laddr add {service} ADDRESS {device}`"),
    PORTS_NEARLY_EXHAUSTED(
            Level.WARNING,
            "a pair of a local address and a real server is "
                    + PortUsage.WARNING_PERCENT
                    + " % full now",
            "soon connections find no port",
            "`fullnat laddr add {service} ADDRESS {device}` (docs/local-addresses.md)"),
    PORTS_EXHAUSTED(
            Level.FAULT,
            "`NO_LOCAL_PORT` grows, or the condition lasts",
            "connections are refused, as no local port is free towards their server",
            "`fullnat laddr add {service} ADDRESS {device}` (docs/local-addresses.md)"),
    TABLE_NEARLY_FULL(
            Level.WARNING,
            "a worker's connection table is more than " + percent(Thresholds.TABLE) + " full",
            "soon connections are refused",
            "raise `workers.connections` (a restart), or shorten timeouts: `fullnat timeout set"
                    + " established=3600`"),
    TABLE_FULL(
            Level.FAULT,
            "`TABLE_FULL` grows",
            "connections are refused, as there is no room for them",
            "raise `workers.connections` (a restart), or shorten timeouts: `fullnat timeout set"
                    + " established=3600`"),
    MODIFIERS_NEARLY_FULL(
            Level.WARNING,
            "a worker's table of connections whose packets are modified is more than "
                    + percent(Thresholds.TABLE)
                    + " full",
            "soon services that tell servers their clients by PROXY or TOA refuse connections",
            "raise `workers.modified-connections` (a restart), or leave it out"),
    WORKER_BUSY(
            Level.WARNING,
            "a worker works more than " + percent(Thresholds.BUSY) + " of the time",
            "it will soon drop what it cannot take",
            "raise `workers.count`, with a CPU for each in `workers.cpus` (a restart)"),
    UNEVEN_WORKERS(
            Level.HINT,
            "a worker receives more than "
                    + (int) Thresholds.UNEVEN
                    + " times the average, or one of two all, of "
                    + Thresholds.FEW_PACKETS
                    + " packets or more",
            "one worker is full while others idle",
            "few clients, or a device that does not spread flows: `dpip link show -v` says whether it"
                    + " has `rss`"),
    HANDED_OVER(
            Level.HINT,
            "more than "
                    + percent(Thresholds.HANDED_OVER)
                    + " of the packets received, "
                    + Thresholds.FEW_PACKETS
                    + " or more, go on to another worker",
            "each such packet costs two workers",
            "devices with flow rules bring answers to their worker (`dpip link show -v`, column"
                    + " `answers`); more local addresses than workers let rules do so"),
    DROPS_MANY(
            Level.WARNING,
            "more than "
                    + percent(Thresholds.DROPPED)
                    + " of the packets received, "
                    + Thresholds.FEW_PACKETS
                    + " or more, are dropped",
            "their senders wait, and send again",
            "`fullnat capture --dropped --count 20` shows them, each with its outcome"),
    DROPS(Level.HINT, "an outcome of dropped packets grows", "{meaning}", "{remedy}"),
    RECEIVE_MISSED(
            Level.WARNING,
            "a port misses packets",
            "no descriptor was free: a worker is too slow, or was kept from its CPU",
            "`fullnat host` says what keeps workers from their CPUs; raise `workers.count`"),
    RECEIVE_ERRORS(
            Level.WARNING,
            "a port's receive errors grow",
            "frames arrive broken, too long, or find no buffer",
            "`fullnat link list --json` has the device's own counts; cable, MTU, `memory.buffers`"),
    BUFFERS_LOW(
            Level.WARNING,
            "less than "
                    + percent(Thresholds.BUFFERS_FREE)
                    + " of a port's packet buffers are free",
            "packets are dropped for want of a buffer",
            "raise `memory.buffers` (a restart)"),
    FAULTS(
            Level.WARNING,
            "the balancer has met faults of its own",
            "a packet or a change met code that is wrong",
            "the log has them: `journalctl -u fullnat -g ERROR`; please report them"),
    SOCKET_OPEN(
            Level.WARNING,
            "others than its user and group may write to the socket",
            "every user of this machine can change the balancer",
            "`chmod o-rwx {file}`"),
    SECRET_OPEN(
            Level.FAULT,
            "others can read or write a token, a private key or secrets",
            "every user of this machine has it; a balancer does not start with such a token",
            "`chmod o-rwx {file}`, and make a new one"),
    FILE_OPEN(
            Level.WARNING,
            "others can write the configuration",
            "every user of this machine can have the balancer do something else",
            "`chmod o-w {file}`"),
    FILE_MISSING(
            Level.FAULT,
            "a file that the configuration names is not there",
            "the balancer does not start, and a reload is refused",
            "make {file}, or correct the key that names it"),
    CERTIFICATE_ENDS(
            Level.WARNING,
            "a certificate ends within " + Thresholds.CERTIFICATE_SOON.toDays() + " days",
            "clients will refuse the listener",
            "put a new one into its place, then `fullnat reload`"),
    CERTIFICATE_ENDED(
            Level.FAULT,
            "a certificate is over, not valid yet, or ends within "
                    + Thresholds.CERTIFICATE_NOW.toDays()
                    + " days",
            "clients refuse the listener, or soon will",
            "put a new one into its place, then `fullnat reload`");

    private final Level level;
    private final String when;
    private final String why;
    private final String remedy;

    Diagnosis(Level level, String when, String why, String remedy) {
        this.level = level;
        this.when = when;
        this.why = why;
        this.remedy = remedy;
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", share * 100);
    }

    Level level() {
        return level;
    }

    /// From where on it is found, for the documentation.
    String when() {
        return when;
    }

    String why() {
        return why;
    }

    /// Names in braces stand for what was found.
    String remedy() {
        return remedy;
    }

    Finding of(String subject, String seen, String source) {
        return of(subject, seen, source, Map.of());
    }

    /// @param words what the names in braces stand for
    Finding of(String subject, String seen, String source, Map<String, String> words) {
        return at(level, subject, seen, source, words);
    }

    Finding at(Level other, String subject, String seen, String source, Map<String, String> words) {
        return new Finding(
                other, name(), subject, seen, source, fill(why, words), fill(remedy, words));
    }

    private static String fill(String text, Map<String, String> words) {
        String filled = text;
        for (Map.Entry<String, String> word : words.entrySet()) {
            filled = filled.replace("{" + word.getKey() + "}", word.getValue());
        }
        return filled;
    }
}
