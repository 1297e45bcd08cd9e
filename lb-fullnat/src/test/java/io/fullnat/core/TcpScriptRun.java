// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.Ending;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServicePolicy.Removal;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Plays a [TcpScript] through a [Rig]. Initial sequence numbers are just below where signs change
/// and where numbers wrap, so that each script tries that as well.
final class TcpScriptRun implements AutoCloseable {
    private static final int CLIENT_ISN = 0x7FFF_FFF0;
    private static final int SERVER_ISN = 0xFFFF_FFF0;
    private static final int PORT = 40_000;

    /// What makes a frame of the shortest segment long enough for Ethernet.
    private static final int PADDING = 6;

    private static final String FLAGS = "FSRPAU";
    private static final Pattern SEGMENT =
            Pattern.compile("([cs]) ([FSRPAU]+|-) (#?-?\\d+)(?:\\+(\\d+))?(?: ack (#?-?\\d+))?");

    private final Rig rig;
    private final FamilyPair families;
    private final List<String> out = new ArrayList<>();
    private ServicePolicy policy = ServicePolicy.DEFAULT;
    private int localPort;
    private int formerLocalPort;

    /// The server's initial number as the client knows it.
    private int seen = SERVER_ISN;

    TcpScriptRun(FamilyPair families) {
        this.families = families;
        rig = Rig.of(families).configured().withStaticNeighbours();
    }

    /// Plays it.
    void play(TcpScript script) {
        for (String line : script.lines()) {
            try {
                play(line);
            } catch (AssertionError e) {
                throw new AssertionError("at \"" + line + "\": " + e.getMessage(), e);
            }
        }
        assertThat(out).as("came out and was not expected").isEmpty();
    }

    private void play(String line) {
        if (!line.startsWith(">")) {
            assertThat(out).as("came out before").isEmpty();
        }
        String rest = line.substring(1).strip();
        switch (line.charAt(0)) {
            case '+' -> pass(Integer.parseInt(rest));
            case '=' -> assertThat(state()).isEqualTo(rest);
            case '>' -> assertThat(out.isEmpty() ? "nothing" : out.removeFirst()).isEqualTo(rest);
            case '!' -> command(rest);
            case '?' -> question(rest);
            default -> {
                if (line.startsWith("cookie")) {
                    cookie(line.equals("cookie") ? 0 : Integer.parseInt(line.substring(7)));
                } else if (line.equals("established")) {
                    play("c S 0");
                    play("s SA 0 ack 1");
                    play("c A 1 ack 1");
                } else {
                    segment(line);
                }
            }
        }
    }

    /// The client's SYN is answered by a cookie, which is the server's initial number then.
    ///
    /// @param number of the SYN
    private void cookie(int number) {
        rig.client.send(
                rig.request()
                        .tcp(PORT, 80)
                        .flags(Tcp.SYN)
                        .sequence(CLIENT_ISN + number)
                        .padding(PADDING));
        rig.run();
        assertThat(rig.server.receiveAll()).as("asked before").isEmpty();
        List<byte[]> answers = rig.client.receiveAll();
        assertThat(answers).hasSize(1);
        ByteBuffer answer = ByteBuffer.wrap(answers.getFirst());
        int l4 = IpFrame.transport(answers.getFirst());
        assertThat(answer.get(l4 + 13)).isEqualTo((byte) (Tcp.SYN | Tcp.ACK));
        assertThat(answer.getInt(l4 + 8)).isEqualTo(CLIENT_ISN + number + 1);
        seen = answer.getInt(l4 + 4);
    }

    private void pass(int seconds) {
        rig.pass(Duration.ofSeconds(seconds));
        collect();
    }

    private void collect() {
        rig.client.receiveAll().forEach(frame -> out.add("c " + text(frame, true)));
        for (byte[] frame : rig.server.receiveAll()) {
            int port = IpFrame.sourcePort(frame);
            if (port != localPort) {
                formerLocalPort = localPort;
                localPort = port;
            }
            out.add("s " + text(frame, false));
        }
    }

    /// A segment that an end sends, and what comes out.
    private void segment(String line) {
        int arrow = line.indexOf(" -> ");
        String sent = arrow < 0 ? line : line.substring(0, arrow);
        boolean byClient = sent.charAt(0) == 'c';
        Matcher matcher = SEGMENT.matcher(sent);
        assertThat(matcher.matches()).as(sent).isTrue();
        PacketBuilder packet =
                byClient ? rig.request().tcp(PORT, 80) : rig.answer().tcp(8080, localPort);
        int own = byClient ? CLIENT_ISN : SERVER_ISN;
        int others = byClient ? seen : CLIENT_ISN;
        packet.flags(flags(matcher.group(2))).sequence(number(matcher.group(3), own));
        if (matcher.group(5) != null) {
            packet.acknowledgement(number(matcher.group(5), others));
        }
        if (matcher.group(4) != null) {
            packet.payload(new byte[Integer.parseInt(matcher.group(4))]);
        }
        (byClient ? rig.client : rig.server).send(packet.padding(PADDING));
        rig.run();
        collect();
        List<String> expected =
                arrow < 0
                        ? List.of((byClient ? "s" : "c") + sent.substring(1))
                        : line.endsWith("nothing")
                                ? List.of()
                                : Arrays.asList(line.substring(arrow + 4).split(", ", -1));
        assertThat(out).isEqualTo(expected);
        out.clear();
    }

    private static int flags(String names) {
        int flags = 0;
        for (int i = 0; i < names.length(); i++) {
            char name = names.charAt(i);
            flags |= name == '-' ? 0 : 1 << FLAGS.indexOf(name);
        }
        return flags;
    }

    private static int number(String text, int initial) {
        return text.startsWith("#")
                ? (int) Long.parseLong(text.substring(1))
                : initial + Integer.parseInt(text);
    }

    /// A frame in the words of a script. Numbers near an initial one count from there.
    private String text(byte[] frame, boolean toClient) {
        ByteBuffer tcp = ByteBuffer.wrap(frame).position(IpFrame.transport(frame)).slice();
        int flags = tcp.get(13);
        StringBuilder text = new StringBuilder();
        for (char name : "SFRPUA".toCharArray()) {
            if ((flags & 1 << FLAGS.indexOf(name)) != 0) {
                text.append(name);
            }
        }
        if (text.isEmpty()) {
            text.append('-');
        }
        text.append(' ').append(relative(tcp.getInt(4), toClient ? seen : CLIENT_ISN));
        int length = IpFrame.payloadLength(frame) - (tcp.get(12) >>> 4 & 15) * 4;
        if (length > 0) {
            text.append('+').append(length);
        }
        if ((flags & Tcp.ACK) != 0) {
            text.append(" ack ")
                    .append(relative(tcp.getInt(8), toClient ? CLIENT_ISN : SERVER_ISN));
        }
        return text.toString();
    }

    private static String relative(int number, int initial) {
        return number == 0 ? "#0" : Integer.toString(number - initial);
    }

    private String state() {
        List<String> found = new ArrayList<>();
        rig.balancer
                .control()
                .connections(
                        ConnectionFilter.ALL,
                        (ConnectionInfo connection) -> {
                            found.add(connection.state());
                            return true;
                        });
        assertThat(found).as("connections").hasSizeLessThan(2);
        return found.isEmpty() ? "none" : found.getFirst();
    }

    /// What is asked: `same port`, `another port`, or how much was counted: `TCP_RESETS 1`.
    private void question(String words) {
        if (words.equals("another port")) {
            assertThat(formerLocalPort).as("a port before").isNotZero();
        } else if (words.equals("same port")) {
            assertThat(formerLocalPort).as("a port before").isZero();
        } else {
            String[] counted = words.split(" ", 2);
            assertThat(count(counted[0])).as(counted[0]).isEqualTo(Long.parseLong(counted[1]));
        }
    }

    private long count(String name) {
        return Arrays.stream(Outcome.values()).anyMatch(it -> it.name().equals(name))
                ? rig.count(Outcome.valueOf(name))
                : rig.count(Counter.valueOf(name));
    }

    private void command(String words) {
        String name = words.toLowerCase(Locale.ROOT);
        Endpoint server = server().endpoint();
        switch (name) {
            case "weight 0" ->
                    rig.apply(new Change.EditRealServer(rig.tcp, server().withWeight(0)));
            case "remove server" -> rig.apply(new Change.RemoveRealServer(rig.tcp, server));
            case "remove service" -> rig.apply(new Change.RemoveService(rig.tcp));
            case "end connections" -> rig.apply(new Change.EndConnections(ConnectionFilter.ALL));
            case "syn proxy" -> proxied(SynProxy.ALWAYS);
            case "half open for 2 seconds" ->
                    policy(policy ->
                            policy.withTimeouts(
                                    Timeouts.NONE.with(
                                            TimedState.SYN_RECV, Duration.ofSeconds(2))));
            case "no syn proxy" -> proxied(SynProxy.OFF);
            case "removal end" -> policy(policy -> policy.withRemoval(Removal.END));
            case "silence" -> policy(policy -> policy.withEndWith(Ending.SILENCE));
            case "count out of window" ->
                    policy(policy -> policy.withOutOfWindow(OutOfWindow.COUNT));
            case "pass out of window" -> policy(policy -> policy.withOutOfWindow(OutOfWindow.PASS));
            case "drop out of window" -> policy(policy -> policy.withOutOfWindow(OutOfWindow.DROP));
            case "reset on expiry" -> policy(policy -> policy.withResetsOnExpiry(true));
            default -> throw new IllegalArgumentException("no command \"" + words + "\"");
        }
        rig.run();
        collect();
    }

    private void proxied(SynProxy proxy) {
        policy(policy -> policy.withTcp(policy.tcp().withSynProxy(proxy)));
    }

    private RealServer server() {
        return RealServer.of(families.servers().getFirst(), 8080);
    }

    private void policy(UnaryOperator<ServicePolicy> edit) {
        policy = edit.apply(policy);
        rig.apply(new Change.SetPolicy(rig.tcp, policy));
    }

    @Override
    public void close() {
        rig.close();
    }
}
