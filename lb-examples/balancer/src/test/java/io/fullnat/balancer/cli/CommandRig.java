// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ClientTable;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.Health;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.TemplateCounts;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.control.TransactionTimes;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.MemorySettings;
import io.fullnat.balancer.config.WorkerSettings;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.balancer.text.JavaText;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/// A whole balancer in memory, with ports `wan` and `lan` and two workers, which command lines are
/// given to; `lan` takes the flow rules of one local address. It is driven by the calling thread,
/// so that each test goes the same way every time.
public final class CommandRig implements Operations, AutoCloseable {
    public static final String WAN_MAC = "02:00:00:00:00:01";
    public static final String LAN_MAC = "02:00:00:00:00:02";
    public static final String CLIENT_MAC = "02:00:00:00:00:c1";
    public static final String SERVER_MAC = "02:00:00:00:00:51";
    public static final String VIP = "192.0.2.80";
    public static final String WEB = "-t 192.0.2.80:80";
    public static final String TLS = "-t 192.0.2.80:443";
    public static final String LOCAL = "10.0.1.100";

    private static final int CONNECTIONS = 256;

    /// How a command ended.
    public record Result(int status, String out, String err) {
        public List<String> lines() {
            return out.lines().toList();
        }
    }

    private final ManualClock clock = new ManualClock();
    private final Configuration configuration;
    private final InMemoryIo io;
    private final FullNatBalancer balancer;
    private final FrameEnd client;
    private final FrameEnd server;
    private final Control control = new DrivenControl();
    private final CommandRunner runner = Commands.over(this);

    /// Captures that were begun, by whatever thread.
    final AtomicInteger captures = new AtomicInteger();

    private CommandRig(Configuration configuration, boolean kernel, int connections) {
        this.configuration = configuration;
        io =
                InMemoryIo.builder()
                        .buffers(4096)
                        .wire(
                                PortSettings.of("wan", WAN_MAC)
                                        .withQueues(2)
                                        .withKernel(kernel ? "fn-wan" : ""),
                                PortSettings.of("client", CLIENT_MAC))
                        .wire(
                                PortSettings.of("lan", LAN_MAC).withQueues(2).withFlowRules(4),
                                PortSettings.of("server", SERVER_MAC))
                        .open();
        balancer =
                RunningBalancer.builder(io, configuration)
                        .workers(2)
                        .connections(connections)
                        .clock(clock)
                        .seed(42)
                        .probes(spec -> target -> ProbeResult.passed("in memory"))
                        .announcer(addresses -> Map.of())
                        .build();
        client = new FrameEnd(io.wire("wan").far(), io.buffers());
        server = new FrameEnd(io.wire("lan").far(), io.buffers());
    }

    /// Without anything, as a configuration says that was read at the start.
    ///
    /// @param kernel whether the kernel has an interface beside `wan`
    public static CommandRig of(Configuration configuration, boolean kernel) {
        return new CommandRig(configuration, kernel, CONNECTIONS);
    }

    private static Configuration plain() {
        return new Configuration(
                WorkerSettings.DEFAULT,
                MemorySettings.DEFAULT,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    /// Without anything.
    public static CommandRig bare() {
        return new CommandRig(plain(), false, CONNECTIONS);
    }

    /// With addresses and neighbours.
    public static CommandRig open() {
        return open(CONNECTIONS);
    }

    /// The same.
    ///
    /// @param connections that each worker can have
    public static CommandRig open(int connections) {
        CommandRig rig = new CommandRig(plain(), false, connections);
        rig.done("dpip addr add 192.0.2.1/24 dev wan");
        rig.done("dpip addr add 10.0.1.1/24 dev lan");
        rig.done("dpip neigh add 10.0.1.11 lladdr " + SERVER_MAC + " dev lan");
        rig.done("dpip neigh add 10.0.1.12 lladdr " + SERVER_MAC + " dev lan");
        return rig;
    }

    /// With a service of one server and one local address, too.
    public static CommandRig withService() {
        CommandRig rig = open();
        rig.done("ipvsadm -A " + WEB + " -s rr");
        rig.done("ipvsadm -a " + WEB + " -r 10.0.1.11:8080 -b");
        rig.done("ipvsadm -P -z " + LOCAL + " " + WEB + " -F lan");
        return rig;
    }

    public Result run(String line) {
        return run(words(line), "");
    }

    public Result run(String line, String input) {
        return run(words(line), input);
    }

    private static List<String> words(String line) {
        return List.of(line.split(" ", -1));
    }

    /// What the client and then the balancer make of a line.
    public Result run(List<String> words, String input) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        PrintWriter outPrinter = new PrintWriter(out);
        PrintWriter errPrinter = new PrintWriter(err);
        OptionalInt local = Commands.runLocally(words, outPrinter, errPrinter);
        int status =
                local.isPresent()
                        ? local.getAsInt()
                        : runner.run(words, input, outPrinter, errPrinter);
        return new Result(status, out.toString(), err.toString());
    }

    /// What the balancer makes of a line that no client has looked at.
    Result atBalancer(List<String> words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = runner.run(words, "", new PrintWriter(out), new PrintWriter(err));
        return new Result(status, out.toString(), err.toString());
    }

    /// Runs a line that must succeed, without complaint.
    public String done(String line) {
        return done(line, "");
    }

    public String done(String line, String input) {
        Result result = run(line, input);
        assertThat(result.err()).as(line).isEmpty();
        assertThat(result.status()).as(line).isZero();
        return result.out();
    }

    /// Runs a line that must fail with a status and a message that has all the words, and must
    /// change nothing.
    public void refused(int status, String line, String... words) {
        DesiredState before = control.desired();
        Result result = run(line);
        assertThat(result.err()).as(line).startsWith(line.split(" ", 2)[0] + ": ");
        for (String word : words) {
            assertThat(result.err()).as(line).contains(word);
        }
        assertThat(result.err().toLowerCase(Locale.ROOT)).doesNotContain("success");
        assertThat(JavaText.in(result.err())).as(line).isEmpty();
        assertThat(result.out()).as(line).isEmpty();
        assertThat(result.status()).as(line).isEqualTo(status);
        assertThat(control.desired()).as(line).isEqualTo(before);
    }

    /// A client opens a connection to the web service.
    public void connect(int clientPort) {
        assertThat(tryToConnect(clientPort)).as("packets to the server").hasSize(1);
    }

    /// A client tries to open one; what came out on the servers' side.
    public List<byte[]> tryToConnect(int clientPort) {
        server.receiveAll();
        client.send(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .ipv4("192.0.2.7", VIP)
                        .tcp(clientPort, 80)
                        .flags(Tcp.SYN));
        work();
        return server.receiveAll();
    }

    /// A client asks the DNS service of the same address, and is answered.
    public void exchangeDatagrams() {
        server.receiveAll();
        client.send(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .ipv4("192.0.2.7", VIP)
                        .udp(40_000, 53)
                        .payload("0123456789"));
        work();
        byte[] asked = server.receiveAll().getFirst();
        int port = (asked[34] & 0xFF) << 8 | (asked[35] & 0xFF);
        server.send(
                PacketBuilder.ethernet(SERVER_MAC, LAN_MAC)
                        .ipv4("10.0.1.11", LOCAL)
                        .udp(53, port)
                        .payload("0123456789"));
        work();
    }

    /// Whether the balancer answers an ARP request for an address on the servers' side.
    public boolean answersFor(String address) {
        server.receiveAll();
        server.send(
                PacketBuilder.ethernet(SERVER_MAC, "ff:ff:ff:ff:ff:ff")
                        .arp(1, SERVER_MAC, "10.0.1.11", "00:00:00:00:00:00", address));
        work();
        byte[] answer =
                PacketBuilder.ethernet(LAN_MAC, SERVER_MAC)
                        .arp(2, LAN_MAC, address, SERVER_MAC, "10.0.1.11")
                        .toBytes();
        List<byte[]> frames = new ArrayList<>(server.receiveAll());
        assertThat(frames).isSubsetOf(List.of(answer));
        return !frames.isEmpty();
    }

    /// A station on the servers' side says that it has an address of IPv6 (RFC 4861 §4.4).
    public void claim(String address) {
        byte[] target = InetAddress.ofLiteral(address).getAddress();
        byte[] option = {2, 1, 2, 0, 0, 0, 0, 0x51};
        server.send(
                PacketBuilder.ethernet(SERVER_MAC, "33:33:00:00:00:01")
                        .ipv6(address, "ff02::1")
                        .timeToLive(255)
                        .icmp(136, 0, 0x2000_0000)
                        .payload(
                                ByteBuffer.allocate(target.length + option.length)
                                        .put(target)
                                        .put(option)
                                        .array()));
        work();
    }

    /// An address that nothing needs is not answered for and not shown, after the moment that the
    /// workers need to let go of it.
    public void assertGone(String address) {
        pass(Duration.ofSeconds(1));
        assertThat(answersFor(address)).as("answers for " + address).isFalse();
        assertThat(done("dpip addr show")).doesNotContain(" " + address + "/");
    }

    /// A health checker outside reports.
    void report(String endpoint, boolean up, String reason) {
        CompletableFuture<Void> told =
                balancer.control()
                        .reportHealth(
                                ServiceKey.tcp(VIP, 80), Endpoint.parse(endpoint), up, reason, 1);
        work();
        assertThat(told).isCompleted();
    }

    /// Has a frame arrive, and takes what has left by then: of `wan`, then of `lan`.
    public List<List<byte[]>> arrive(String port, byte[] frame) {
        client.receiveAll();
        server.receiveAll();
        (port.equals("wan") ? client : server).send(frame);
        work();
        return List.of(client.receiveAll(), server.receiveAll());
    }

    /// Takes the link of a port down, or up again.
    public void link(String port, boolean up) {
        io.wire(port).link(up);
        pass(Duration.ofSeconds(1));
    }

    public void pass(Duration time) {
        clock.advance(time);
        work();
    }

    private void work() {
        for (int idle = 0, turns = 0; idle < 3; turns++) {
            idle = balancer.doWork() == 0 ? idle + 1 : 0;
            assertThat(turns).as("duty cycles").isLessThan(1_000_000);
        }
    }

    @Override
    public Control control() {
        return control;
    }

    @Override
    public PacketCapture capture(CaptureSettings settings) {
        PacketCapture begun = balancer.capture(settings);
        captures.incrementAndGet();
        return begun;
    }

    @Override
    public CountersReader counters() {
        return balancer.counters();
    }

    @Override
    public PacketIo io() {
        return io;
    }

    @Override
    public List<Change> reload(boolean dryRun) {
        throw new UnsupportedOperationException("no command line reloads");
    }

    @Override
    public Configuration configuration() {
        return configuration;
    }

    @Override
    public String export() {
        throw new UnsupportedOperationException("no command line exports");
    }

    @Override
    public void close() {
        balancer.close();
        io.close();
    }

    /// Lets the balancer work until a transaction is done.
    private final class DrivenControl implements Control {
        @Override
        public CompletableFuture<Void> submit(TransactionFunction function) {
            return driven(balancer.control().submit(function));
        }

        @Override
        public CompletableFuture<Long> submitAndCount(TransactionFunction function) {
            return driven(balancer.control().submitAndCount(function));
        }

        @Override
        public CompletableFuture<List<Change>> check(TransactionFunction function) {
            return driven(balancer.control().check(function));
        }

        private <T> CompletableFuture<T> driven(CompletableFuture<T> answer) {
            for (int turns = 0; !answer.isDone(); turns++) {
                balancer.doWork();
                assertThat(turns).as("duty cycles").isLessThan(1_000_000);
            }
            return answer;
        }

        @Override
        public DesiredState desired() {
            return balancer.control().desired();
        }

        @Override
        public BalancerStatus status() {
            return balancer.control().status();
        }

        @Override
        public BalancerStatus status(int worker) {
            return balancer.control().status(worker);
        }

        @Override
        public Optional<ServiceStatus> status(ServiceKey key) {
            return balancer.control().status(key);
        }

        @Override
        public void connections(ConnectionFilter filter, Predicate<ConnectionInfo> visitor) {
            balancer.control().connections(filter, visitor);
        }

        @Override
        public void templates(TemplateFilter filter, Predicate<TemplateInfo> visitor) {
            balancer.control().templates(filter, visitor);
        }

        @Override
        public ClientTable clientTable() {
            return balancer.control().clientTable();
        }

        @Override
        public TemplateCounts templateCounts() {
            return balancer.control().templateCounts();
        }

        @Override
        public List<SetStatus> sets() {
            return balancer.control().sets();
        }

        @Override
        public Health health() {
            return balancer.control().health();
        }

        @Override
        public TransactionTimes transactions() {
            return balancer.control().transactions();
        }

        @Override
        public void listen(BalancerListener listener) {
            balancer.control().listen(listener);
        }

        @Override
        public void unlisten(BalancerListener listener) {
            balancer.control().unlisten(listener);
        }

        @Override
        public List<NeighbourStatus> neighbours() {
            return balancer.control().neighbours();
        }
    }
}
