// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.balancer.config.AuditTarget;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.core.simulation.RequestClient;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReloadTest {
    private static final String BASE =
            """
            workers: {connections: 1024}
            ports: [{name: out, device: 'null:'}, {name: in, device: 'null:'}]
            addresses:
              - {address: 198.51.100.1/24, device: out}
              - {address: 203.0.113.1/24, device: in}
              - {address: 192.0.2.80/32, device: out}
            """;
    static final String BEFORE =
            BASE
                    + """
                    services:
                      - protocol: tcp
                        address: 192.0.2.80:80
                        scheduler: rr
                        servers: [{address: "203.0.113.11:80"}, {address: "203.0.113.12:80"}]
                        locals: [{address: 203.0.113.101, device: in}, {address: 203.0.113.102, device: in}]
                    """;
    static final String AFTER =
            BASE
                    + """
                    routes: [{to: 10.0.0.0/8, via: 203.0.113.254, device: in}]
                    services:
                      - protocol: tcp
                        address: 192.0.2.80:80
                        scheduler: wrr
                        deny: [198.51.100.99]
                        servers: [{address: "203.0.113.12:80", weight: 2}, {address: "203.0.113.13:80"}]
                        locals: [{address: 203.0.113.102, device: in}, {address: 203.0.113.103, device: in}]
                      - protocol: udp
                        address: 192.0.2.80:53
                        locals: [{address: 203.0.113.101, device: in}]
                    """;
    private static final List<String> DIFFERENCE =
            List.of(
                    "- local address 203.0.113.101 dev in of TCP 192.0.2.80:80",
                    "+ route 10.0.0.0/8 via 203.0.113.254 dev in",
                    "~ service TCP 192.0.2.80:80 scheduler rr -> wrr",
                    "+ access rule deny 198.51.100.99/32 of TCP 192.0.2.80:80",
                    "- real server 203.0.113.11:80 of TCP 192.0.2.80:80",
                    "~ real server 203.0.113.12:80 of TCP 192.0.2.80:80 weight 1 -> 2",
                    "+ real server 203.0.113.13:80 of TCP 192.0.2.80:80 weight 1",
                    "+ local address 203.0.113.103 dev in of TCP 192.0.2.80:80",
                    "+ service UDP 192.0.2.80:53 scheduler wlc, real servers 0, local addresses 1");

    @TempDir private Path folder;

    private record Result(int status, List<String> out, List<String> err) {}

    private static Result run(RunningFixture fixture, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status =
                new OwnCommands(fixture.balancer)
                        .run(
                                Arrays.asList(arguments),
                                "",
                                new PrintWriter(out),
                                new PrintWriter(err));
        return new Result(status, out.toString().lines().toList(), err.toString().lines().toList());
    }

    @Test
    void breaksNoConnection() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            RequestClient old = fixture.requests(12, 100);
            fixture.runUntil(() -> old.completedRequests() >= 200);
            fixture.write(AFTER);

            List<String> lines = run(fixture, "reload").out();
            RequestClient young = fixture.requests(12, 10);
            fixture.runUntil(() -> old.isDone() && young.isDone());

            assertThat(lines.subList(0, lines.size() - 1)).isEqualTo(DIFFERENCE);
            assertThat(lines).last().isEqualTo("reloaded, 9 changes");
            assertThat(old.failures()).isEmpty();
            assertThat(young.failures()).isEmpty();
            assertThat(old.peersSeenByServer()).anyMatch(peer -> peer.startsWith("203.0.113.101:"));
            assertThat(young.peersSeenByServer())
                    .allMatch(peer -> peer.matches("203\\.0\\.113\\.10[23]:.+"));
            assertThat(fixture.client.tcp().resetsReceived()).isZero();
        }
    }

    /// They are no part of the engine's state, and stay what the file said last.
    @Test
    void exportsWhoIsToldOfEvents() {
        String told =
                """
                events:
                  webhooks:
                    - name: a
                      url: 'https://hooks.example/'
                """;
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            assertThat(fixture.balancer.export()).doesNotContain("events:");
            fixture.write(BEFORE + told);
            assertThat(fixture.balancer.reload(false)).isEmpty();
            assertThat(fixture.balancer.export()).contains("\n" + told);
        }
    }

    /// Who watches the balancer learns what came of it, but not of a mere look.
    @Test
    void isToldDoneOrRefused() throws InterruptedException {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            BlockingQueue<BalancerEvent> events = new LinkedBlockingQueue<>();
            fixture.balancer
                    .control()
                    .listen(event -> {
                        if (event instanceof BalancerEvent.ConfigurationReloaded
                                || event instanceof BalancerEvent.ConfigurationRefused) {
                            events.add(event);
                        }
                    });
            fixture.write(AFTER);
            fixture.balancer.reload(true);
            fixture.balancer.reload(false);
            fixture.balancer.reload(false);
            fixture.write(
                    AFTER.replace(
                            "scheduler: wrr",
                            "checks: ['http header.Authorization=Bearer s3cr3t']"));
            assertThatThrownBy(() -> fixture.balancer.reload(false))
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("s3cr3t");
            fixture.write(AFTER.replace("connections: 1024", "connections: 2048"));
            assertThatThrownBy(() -> fixture.balancer.reload(false))
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("1024 -> 2048");

            assertThat(events.poll(20, TimeUnit.SECONDS))
                    .isEqualTo(new BalancerEvent.ConfigurationReloaded(2, 9));
            assertThat(events.poll(20, TimeUnit.SECONDS))
                    .isEqualTo(new BalancerEvent.ConfigurationReloaded(3, 0));
            assertThat(events.poll(20, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            BalancerEvent.ConfigurationRefused.class,
                            refused ->
                                    assertThat(refused.reason())
                                            .startsWith("the configuration file has an error: ")
                                            .containsPattern("fullnat\\.yaml:\\d+$")
                                            .doesNotContain("s3cr3t"));
            assertThat(events.poll(20, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            BalancerEvent.ConfigurationRefused.class,
                            refused ->
                                    assertThat(refused.reason())
                                            .endsWith(": workers.connections needs a restart"));
        }
    }

    @Test
    void doesNothingTheSecondTime() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            fixture.write(AFTER);
            assertThat(fixture.balancer.reload(false)).hasSize(9);

            assertThat(fixture.balancer.reload(false)).isEmpty();
            assertThat(run(fixture, "reload"))
                    .isEqualTo(
                            new Result(
                                    0,
                                    List.of("nothing to do: the balancer is what the file says"),
                                    List.of()));
        }
    }

    @Test
    void changesNothingWhenItOnlyLooks() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            DesiredState before = fixture.balancer.control().desired();
            fixture.write(AFTER);

            Result result = run(fixture, "reload", "--dry-run");

            assertThat(result.status()).isZero();
            assertThat(result.out()).startsWith(DIFFERENCE.toArray(String[]::new));
            assertThat(result.out()).last().isEqualTo("9 changes, none of them made");
            assertThat(fixture.balancer.control().desired()).isEqualTo(before);
        }
    }

    @Test
    void tellsProgramsWhatChanged() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            fixture.write(BEFORE.replace("scheduler: rr", "scheduler: wlc"));

            assertThat(String.join("", run(fixture, "reload", "--dry-run", "--json").out()))
                    .isEqualToIgnoringWhitespace(
                            """
                            {"dryRun": true, "changes": [{"sign": "~", "object": "service",
                             "text": "TCP 192.0.2.80:80 scheduler rr -> wlc"}]}
                            """);
        }
    }

    @Test
    void descriptionsComeAndGoWithTheFile() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            fixture.write(
                    BEFORE.replace("scheduler: rr", "scheduler: rr\n    description: the shop's")
                            .replace("11:80\"}", "11:80\", description: 'rack: 4'}"));

            assertThat(run(fixture, "reload").out())
                    .contains(
                            "~ service TCP 192.0.2.80:80 refusal reject, removal drain -> refusal"
                                    + " reject, removal drain, description 'the shop'\\''s'",
                            "~ real server 203.0.113.11:80 of TCP 192.0.2.80:80 description '' ->"
                                    + " 'rack: 4'");
            assertThat(run(fixture, "reload").out()).noneMatch(line -> line.startsWith("~"));
            assertThat(run(fixture, "config", "export").out())
                    .contains(
                            "    description: 'the shop''s'",
                            "      - {address: '203.0.113.11:80', weight: 1, description: 'rack: 4'}");
            fixture.write(BEFORE);
            assertThat(run(fixture, "reload").out())
                    .contains(
                            "~ real server 203.0.113.11:80 of TCP 192.0.2.80:80 description 'rack:"
                                    + " 4' -> ''");
        }
    }

    @Test
    void saysWhatAClientHearsNow() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            fixture.write(BEFORE.replace("scheduler: rr", "scheduler: rr\n    refusal: drop"));

            assertThat(run(fixture, "reload").out())
                    .contains(
                            "~ service TCP 192.0.2.80:80 refusal reject, removal drain -> refusal drop, removal drain");
            assertThat(run(fixture, "reload").out()).noneMatch(line -> line.startsWith("~"));
            assertThat(run(fixture, "config", "export").out()).contains("    refusal: drop");
        }
    }

    @Test
    void changesNothingForAWrongFile() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            DesiredState before = fixture.balancer.control().desired();
            fixture.write(AFTER + "    speed: 11\n");

            Result result = run(fixture, "reload");

            assertThat(result.status()).isEqualTo(ErrorCode.INVALID_CONFIGURATION.exitStatus());
            assertThat(result.out()).isEmpty();
            assertThat(result.err())
                    .singleElement()
                    .asString()
                    .startsWith(
                            "reload: " + fixture.file + ":18: services[1]: unknown key \"speed\"");
            assertThat(fixture.balancer.control().desired()).isEqualTo(before);
        }
    }

    @Test
    void saysWhatNeedsARestart() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            DesiredState before = fixture.balancer.control().desired();
            fixture.write(
                    AFTER.replace("connections: 1024", "count: 2, connections: 99")
                                    .replace(
                                            "name: out, device: 'null:'",
                                            "name: out, device: 'ring:', mtu: 900,"
                                                    + " reverse-path: loose")
                            + "memory: {megabytes: 99, hugepages: none}\n"
                            + "api: {socket: none, tcp: {listen: '127.0.0.1:80', token: none}}\n");

            Result result = run(fixture, "reload");

            assertThat(result.status()).isEqualTo(ErrorCode.UNSUPPORTED.exitStatus());
            assertThat(result.err())
                    .containsExactly(
                            "reload: workers.count: 1 -> 2 needs a restart",
                            "reload: workers.connections: 1024 -> 99 needs a restart",
                            "reload: memory.megabytes: (not given) -> 99 needs a restart",
                            "reload: memory.hugepages: auto -> none needs a restart",
                            "reload: ports[out].device: null: -> ring: needs a restart",
                            "reload: ports[out].mtu: (not given) -> 900 needs a restart",
                            "reload: ports[out].reverse-path: off -> loose needs a restart",
                            "reload: api.socket: /run/fullnat.sock -> (not given) needs a restart",
                            "reload: api.tcp.listen: (not given) -> 127.0.0.1:80 needs a restart");
            assertThat(fixture.balancer.control().desired()).isEqualTo(before);
        }
    }

    @Test
    void changesWhatBecomesOfPacketsThatNothingExplains() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            fixture.write(
                    BEFORE
                            + "unused-ports: drop\n"
                            + "kernel-path: {host-rate: 7, defence-tcp-drop: true}\n");

            assertThat(run(fixture, "reload", "--dry-run").out())
                    .containsExactly(
                            "~ leftovers unused-ports reject -> drop, defence-tcp-drop no -> yes,"
                                    + " host-rate 50000 -> 7",
                            "1 change, none of them made");
            assertThat(run(fixture, "reload").status()).isZero();

            LeftoverPolicy policy = fixture.balancer.control().desired().leftovers();
            assertThat(policy.unusedPorts()).isEqualTo(Refusal.DROP);
            assertThat(policy.punting().host()).isEqualTo(7);
            assertThat(policy.punting().dropsTcp()).isTrue();

            fixture.write(BEFORE);
            assertThat(run(fixture, "reload").status()).isZero();
            assertThat(fixture.balancer.control().desired().leftovers())
                    .isEqualTo(LeftoverPolicy.DEFAULT);
        }
    }

    @Test
    void refusesWhatIsNoCommand() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            assertThat(run(fixture, "reload", "--now").err())
                    .containsExactly(
                            "reload: unknown argument \"--now\"; usage: reload [--dry-run]"
                                    + " [--json]");
            assertThat(run(fixture, "config", "export", "x").status())
                    .isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
            assertThat(OwnCommands.isKnown(List.of("config", "check"))).isFalse();
            assertThat(OwnCommands.isKnown(List.of("reload", "x"))).isTrue();
        }
    }

    @Test
    void tellsHowTheMachineSuitsIt() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            assertThat(run(fixture, "host").out())
                    .contains("host: worker 0 not pinned")
                    .anyMatch(line -> line.startsWith("advice: NOT_PINNED: "));
            assertThat(String.join("", run(fixture, "host", "--json").out()))
                    .contains("\"packetsInHugepages\" : false", "\"name\" : \"NOT_PINNED\"");
            assertThat(run(fixture, "host", "now").err())
                    .containsExactly("host: unknown argument \"now\"; usage: host [--json]");
        }
    }

    @Test
    void exportsWhatCommandsHaveChanged() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            fixture.balancer
                    .control()
                    .apply(ConfigurationFile.parse("f", AFTER).changes().getLast());

            fixture.write(String.join("\n", run(fixture, "config", "export").out()));

            assertThat(fixture.balancer.export()).contains("protocol: udp", "connections: 1024");
            assertThat(fixture.balancer.reload(false)).isEmpty();
        }
    }

    @Test
    void refusesToExportWhatNoFileMayHave() {
        try (RunningFixture fixture = new RunningFixture(folder, AFTER)) {
            fixture.balancer
                    .control()
                    .apply(new Change.RemoveAddress(InterfaceAddress.of("203.0.113.1/24", "in")));

            assertThatThrownBy(fixture.balancer::export)
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("routes[0].via: 203.0.113.254 is on no network of in");
        }
    }

    /// What a signal does. That one is heard is HangUpIT's, which starts a balancer of its own.
    @Test
    void reloadsAtASignalAndOutlivesABadFile() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE);
                Logged told = new Logged("reload");
                Logged audited = new Logged("audit")) {
            HangUp hangUp = new HangUp(fixture.balancer, Audit.to(new AuditTarget.Log()));
            fixture.write("ports: 7");
            hangUp.reload();
            assertThat(told.lines())
                    .contains(
                            "ERROR not reloaded: "
                                    + fixture.file
                                    + ":1: ports is 7, not a list (\"- ...\")");
            fixture.write(AFTER);
            hangUp.reload();

            assertThat(told.lines()).last().isEqualTo("INFO reloaded, 9 changes");
            assertThat(told.lines()).contains("INFO " + DIFFERENCE.getFirst());
            assertThat(audited.lines()).hasSize(2);
            assertThat(audited.lines().getFirst())
                    .startsWith(
                            "INFO who=\"SIGHUP\" what=\"reload of " + fixture.file + "\" result=")
                    .contains("refused code=INVALID_CONFIGURATION status=4 reason=\"")
                    .contains(":1: ports is 7, not a list");
            assertThat(audited.lines().getLast())
                    .startsWith(
                            "INFO who=\"SIGHUP\" what=\"reload of "
                                    + fixture.file
                                    + "\" changes=\"")
                    .contains(DIFFERENCE.getFirst() + "; ", "; " + DIFFERENCE.getLast() + "\"")
                    .endsWith(" result=applied revision=2");
            RequestClient requests = fixture.requests(2, 2);
            fixture.runUntil(requests::isDone);
            assertThat(requests.failures()).isEmpty();
        }
    }

    /// Whatever is thrown, an [Error] too, the balancer goes on and says so without Java.
    @Test
    void survivesAnErrorInAReloadBySignal() {
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE);
                Logged told = new Logged("reload");
                Logged audited = new Logged("audit")) {
            fixture.balancer.follow(desired -> {
                throw new OutOfMemoryError("Java heap space");
            });
            new HangUp(fixture.balancer, Audit.to(new AuditTarget.Log())).reload();

            assertThat(told.lines())
                    .containsExactly(
                            "ERROR not reloaded: a fault in fullnat itself; the balancer goes on");
            assertThat(audited.lines())
                    .singleElement()
                    .asString()
                    .endsWith(
                            "result=refused code=INTERNAL status=70 reason=\"a fault in fullnat"
                                    + " itself; the log says more\"");
            assertThat(fixture.balancer.control().desired().revision()).isEqualTo(1);
        }
    }

    @Test
    void takesTwentyThousandServicesUnderTraffic() {
        StringBuilder many = new StringBuilder(AFTER);
        for (int port = 1000; port < 21_000; port++) {
            many.append("  - {protocol: tcp, address: '192.0.2.80:").append(port);
            many.append(
                    "', servers: [{address: '203.0.113.11:80'}, {address: '203.0.113.12:80'}],");
            many.append(" locals: [{address: 203.0.113.101, device: in}]}\n");
        }
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            RequestClient requests = fixture.requests(4, 20);
            fixture.runUntil(() -> requests.completedRequests() >= 8);
            fixture.write(many.toString());

            CompletableFuture<Integer> changes =
                    CompletableFuture.supplyAsync(() -> fixture.balancer.reload(false).size());
            fixture.runUntil(() -> changes.isDone() && requests.isDone());

            assertThat(changes.join()).isEqualTo(20_009);
            assertThat(requests.failures()).isEmpty();
            assertThat(fixture.client.tcp().resetsReceived()).isZero();
            assertThat(fixture.balancer.control().desired().services()).hasSize(20_002);
        }
    }
}
