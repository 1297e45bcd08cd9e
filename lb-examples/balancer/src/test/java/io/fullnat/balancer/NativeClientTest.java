// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.BothClients.Result;
import io.fullnat.balancer.client.RemoteCommands;
import io.fullnat.testing.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The client in Perl does what that in Java does, to the byte: each has a balancer of its own, and
/// both balancers are given the same lines.
@Timeout(120)
class NativeClientTest {
    private static final byte[] NO_INPUT = {};

    /// Writes until nobody can read it any more; only then is what follows started.
    private static final String UNTIL_THE_READER_HAS_GONE =
            "{ trap '' PIPE; while echo 2> /dev/null; do :; done; ";

    /// Each kind of command, right and wrong. What follows `<<` is input.
    private static final String LINES =
            """
            ipvsadm
            ipvsadm -Ln
            dpip addr add 192.0.2.1/24 dev wan
            dpip addr add 10.0.1.1/24 dev lan
            dpip addr add 192.0.2.1/24 dev wan
            dpip addr add 192.0.2.300/24 dev wan
            dpip addr show
            dpip -j addr show
            dpip link show
            dpip -s -v link show
            dpip -sv link show dev wan
            dpip link show dev nosuch
            dpip route add default via 192.0.2.254 dev wan
            dpip route show
            dpip route del 198.51.100.0/24 dev wan
            dpip neigh add 10.0.1.11 lladdr 02:00:00:00:00:51 dev lan
            dpip neigh show
            dpip neigh
            dpip nieghbour show
            dpip -6 addr show
            dpip maddr show
            dpip link show -i 1
            ipvsadm -A -t 192.0.2.80:80 -s rr
            ipvsadm -A -t 192.0.2.80:80 -s rr
            ipvsadm -A
            ipvsadm -A -t 192.0.2.80:80 -s nosuch
            ipvsadm -A -t 192.0.2.80:81 -s rr -p 30
            ipvsadm --add-service --udp-service 192.0.2.80:53 --scheduler wrr
            ipvsadm -a -t 192.0.2.80:80 -r 10.0.1.11:8080 -b -w 5
            ipvsadm -at 192.0.2.80:80 -r 10.0.1.12:8080 -bw7
            ipvsadm -a -t 192.0.2.80:80 -r 10.0.1.12:8080 -b
            ipvsadm -a -t 192.0.2.80:99 -r 10.0.1.12:8080 -b
            ipvsadm -a -t 192.0.2.80:80 -r 10.0.1.13:8080 -m
            ipvsadm -e -t 192.0.2.80:80 -r 10.0.1.11:8080 -b -w 9
            ipvsadm -P -z 10.0.1.100 -t 192.0.2.80:80 -F lan
            ipvsadm -P -z 10.0.1.100 -t 192.0.2.80:80 -F nosuch
            ipvsadm -G
            ipvsadm -U -t 192.0.2.80:80 -k 198.51.100.0/24
            ipvsadm -B
            ipvsadm -Ln --stats
            ipvsadm -Ln --rate
            ipvsadm -Ln -t 192.0.2.80:80
            ipvsadm -Ln -t 192.0.2.80:99
            ipvsadm -L --timeout
            ipvsadm -L -c
            ipvsadm -Ln --json
            ipvsadm -S
            ipvsadm -Sn
            ipvsadm -Z
            ipvsadm --set 60 60 30
            ipvsadm --set 60 sixty 30
            ipvsadm -Q
            ipvsadm --lsit
            ipvsadm list
            ipvsadm -L extra
            ipvsadm -A -D
            ipvsadm -D -t 192.0.2.80:99
            ipvsadm -A -t "quoted\\" -s 'r$r'
            service list
            service list --json
            service show tcp 192.0.2.80:80
            service add tcp 198.51.100.77:80 --scheduler wlc
            service add tcp 198.51.100.77:80
            service add sctp 198.51.100.77:80
            service remove tcp 198.51.100.77:80
            service lst
            service
            service --help
            service add --help
            service --version
            server list
            server add tcp 192.0.2.80:80 10.0.1.14:80
            server edit tcp 192.0.2.80:80 10.0.1.14:80 --weight -1
            laddr list
            laddr remove tcp 192.0.2.80:80 10.0.1.100 --force
            deny list
            allow add tcp 192.0.2.80:80 203.0.113.0/24
            timeout list
            connection list
            connection list --json
            connection remove --all
            connection remove --tuple tcp:198.51.100.7:1:192.0.2.80:80
            address list
            route list
            neighbour list
            link list
            link show nosuch
            counters
            counters --json
            counters --bogus
            ipvsadm -R << -A -t 192.0.2.80:90 -s rr\\n-a -t 192.0.2.80:90 -r 10.0.1.11:1 -b\\n
            ipvsadm --restore << # nothing\\n\\n
            ipvsadm -R << -A -t 192.0.2.80:91 -s rr\\n-A -t 192.0.2.80:92 -s "\\t\u00fc\u20ac\ud83d\ude00\\n
            ipvsadm -R <<
            ipvsadm -Ln << not read
            service list
            ipvsadm -C
            ipvsadm -Ln
            """;

    @TempDir private Path folder;
    private BothClients clients;

    @BeforeEach
    void prepare() throws IOException {
        clients = new BothClients(folder);
    }

    @Test
    void saysAndDoesTheSame() throws Exception {
        List<String> lines = LINES.lines().toList();
        assertThat(lines).hasSizeGreaterThan(60);
        Path javas = folder.resolve("java.sock");
        Path perls = folder.resolve("perl.sock");
        try (SocketFixture one = new SocketFixture(javas);
                SocketFixture other = new SocketFixture(perls)) {
            for (String line : lines) {
                String[] parts = line.split(" <<", 2);
                String input = parts.length < 2 ? "" : parts[1].strip().translateEscapes();
                Result result =
                        clients.both(
                                javas, perls, List.of(parts[0].split(" ")), input.getBytes(UTF_8));
                assertThat(result.status())
                        .as("done without a JVM: %s", line)
                        .isNotEqualTo(BothClients.LEFT);
                assertThat(other.control().desired().services())
                        .as(line)
                        .isEqualTo(one.control().desired().services());
            }
        }
    }

    @Test
    void carriesManyLinesAndLongListings() throws Exception {
        String rules =
                IntStream.rangeClosed(1, 1500)
                        .mapToObj(i ->
                                "-A -t 192.0.2.80:"
                                        + i
                                        + " -s rr\n-a -t 192.0.2.80:"
                                        + i
                                        + " -r 10.0.1.11:"
                                        + i
                                        + " -b\n")
                        .collect(Collectors.joining());
        Path javas = folder.resolve("java.sock");
        Path perls = folder.resolve("perl.sock");
        try (SocketFixture one = new SocketFixture(javas);
                SocketFixture other = new SocketFixture(perls)) {
            assertThat(one).isNotSameAs(other);
            byte[] input = rules.getBytes(UTF_8);
            assertThat(clients.both(javas, perls, List.of("ipvsadm", "-R"), input).status())
                    .isZero();
            for (String line :
                    List.of("ipvsadm -Ln", "ipvsadm -Ln --json", "ipvsadm -S", "service list")) {
                Result result = clients.both(javas, perls, List.of(line.split(" ")), NO_INPUT);
                assertThat(result.out()).hasSizeGreaterThan(50_000);
            }
        }
    }

    @Test
    void leavesWhatIsNotPlainToTheOneInJava() throws Exception {
        Path socket = folder.resolve("s");
        try (SocketFixture fixture = new SocketFixture(socket)) {
            assertThat(fixture.control().desired().services()).isEmpty();
            Map<String, String> environment =
                    Map.of(RemoteCommands.SOCKET_VARIABLE, socket.toString());
            for (String line :
                    List.of(
                            "ipvsadm -h",
                            "ipvsadm --help",
                            "ipvsadm -v",
                            "ipvsadm -R -n",
                            "ipvsadm -nR",
                            "ipvsadm --restore --force",
                            "dpip",
                            "dpip -h",
                            "dpip -sV",
                            "dpip --version",
                            "dpip addr help",
                            "service list --watch 2",
                            "--socket %s dpip link show --watch=2".formatted(socket),
                            "ipvsadm --watch",
                            "ipvsadm -A -t 192.0.2.80:80 --watch 2",
                            "service list \u00fc",
                            "service list a\tb",
                            "service list a\nb")) {
                isLeft(environment, List.of(line.split(" ")), "what is on standard input");
            }
            isLeft(Map.of("FULLNAT_SOCKET", " "), List.of("ipvsadm", "-Ln"), "");
            isLeft(Map.of("FULLNAT_SOCKET", "/" + "x".repeat(200)), List.of("service", "list"), "");
            isLeft(environment, List.of("ipvsadm", "-R"), "# a line\n".repeat(200_000));
            assertThat(fixture.control().desired().services()).isEmpty();
        }
        // Nobody there any more, a file that is no socket, one that nobody listens at.
        List<String> rules = List.of("ipvsadm", "-R");
        for (String name : List.of(socket.toString(), "/dev/null", "/nonexistent/s", "relative")) {
            isLeft(Map.of("FULLNAT_SOCKET", name), List.of("service", "list"), "typed");
            isLeft(Map.of("DPVS_IPC_FILE", name), rules, "-A -t 192.0.2.1:80\n".repeat(9000));
            isLeft(Map.of(), List.of("--socket", name, "ipvsadm", "-Ln"), "");
        }
    }

    /// The one in Java gets the whole line, and all of the input.
    private void isLeft(Map<String, String> environment, List<String> line, String input)
            throws Exception {
        Result result = clients.perl(environment, line, input.getBytes(UTF_8));
        String words = line.stream().map(word -> "<" + word + ">").collect(Collectors.joining());
        int sent = Math.min(input.length(), (1 << 20) + 1);
        assertThat(result.status()).as("%s", line).isEqualTo(BothClients.LEFT);
        assertThat(result.out()).startsWith("java\n" + words + input.substring(0, sent));
        assertThat(result.err()).isEmpty();
    }

    @Test
    void asksTheBalancerThatIsNamed() throws Exception {
        Path socket = folder.resolve("s");
        try (SocketFixture fixture = new SocketFixture(socket)) {
            fixture.control().apply(state -> List.of());
            String name = socket.toString();
            List<String> line = List.of("service", "list");
            Map<String, String> both =
                    Map.of("FULLNAT_SOCKET", name, "DPVS_IPC_FILE", "/nonexistent");
            assertThat(clients.perl(both, line, NO_INPUT).status()).isZero();
            assertThat(clients.perl(Map.of("DPVS_IPC_FILE", name), line, NO_INPUT).status())
                    .isZero();
            Map<String, String> wrong = Map.of("FULLNAT_SOCKET", "/nonexistent");
            List<String> named = List.of("--socket", name, "service", "list");
            assertThat(clients.perl(wrong, named, NO_INPUT).status()).isZero();
        }
    }

    @Test
    void outputThatCannotBeWrittenIsAnError() throws Exception {
        Path socket = folder.resolve("s");
        try (SocketFixture fixture = new SocketFixture(socket)) {
            assertThat(fixture.control().desired().services()).isEmpty();
            Result full = clients.shell(socket, "sh $1 ipvsadm -Ln > /dev/full");
            assertThat(full)
                    .isEqualTo(
                            new Result(
                                    "",
                                    "fullnat: the output could not be written: No space left on device\n",
                                    ErrorCode.OUTPUT.exitStatus()));
            assertThat(full).isEqualTo(inJvm(socket, " ipvsadm -Ln > /dev/full"));
            clients.shell(socket, "sh $1 ipvsadm -A -t 192.0.2.80:80");
            for (String line : List.of("ipvsadm -S", "connection list --json")) {
                assertThat(clients.shell(socket, "sh $1 " + line + " > /dev/full"))
                        .as(line)
                        .isEqualTo(full);
            }
            Path other = folder.resolve("other");
            String well = FakeBalancer.chunks("{\"out\":\"workers: {}\\n\"}", "{\"exit\":0}");
            try (FakeBalancer exporting = new FakeBalancer(other, well)) {
                assertThat(clients.shell(other, "sh $1 config export > /dev/full")).isEqualTo(full);
                assertThat(exporting.asked()).hasSize(1);
            }

            String gone = " ipvsadm -Ln; echo $? >&2; } | true";
            Result reader = clients.shell(socket, UNTIL_THE_READER_HAS_GONE + "sh $1" + gone);
            assertThat(reader).isEqualTo(new Result("", "141\n", 0));
            assertThat(reader).isEqualTo(inJvm(socket, gone));

            assertThat(clients.shell(socket, "sh $1 service lst 2> /dev/full").status())
                    .isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
        }
    }

    /// What the client in Java makes of it, as a process of its own.
    private Result inJvm(Path socket, String rest) throws Exception {
        String java =
                String.join(
                        " ",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp",
                        System.getProperty("java.class.path"),
                        "io.fullnat.balancer.Main");
        return clients.shell(
                socket, (rest.contains("}") ? UNTIL_THE_READER_HAS_GONE : "") + java + rest);
    }

    @Test
    void sendsInputThatIsNoTextAsTheOneInJavaDoes() throws Exception {
        RandomGenerator random = Seed.generator(20);
        int[] bytes = {
            0, 9, 10, 13, 31, 34, 92, 127, 128, 144, 159, 160, 191, 192, 194, 223, 224, 225, 237,
            239, 240, 241, 243, 244, 245, 248, 255
        };
        List<Path> sockets = List.of(folder.resolve("a"), folder.resolve("b"));
        for (int turn = 0; turn < 8; turn++) {
            byte[] input = new byte[4000];
            for (int i = 0; i < input.length; i++) {
                input[i] = (byte) bytes[random.nextInt(bytes.length)];
            }
            byte[] cut = Arrays.copyOf(input, input.length - turn);
            try (FakeBalancer one = new FakeBalancer(sockets.get(0), "");
                    FakeBalancer other = new FakeBalancer(sockets.get(1), "")) {
                clients.both(sockets.get(0), sockets.get(1), List.of("ipvsadm", "-R"), cut);
                assertThat(other.asked()).isEqualTo(one.asked()).hasSize(1);
            }
            Files.delete(sockets.get(0));
            Files.delete(sockets.get(1));
        }
    }
}
