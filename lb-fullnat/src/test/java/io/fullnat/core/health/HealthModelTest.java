// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.WEB;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HealthPolicy.LastServer;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.service.HealthWords;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A monitor that goes through anything must at each moment be as a model of few words says: rows
/// of results, reports, weights, a cap, a last server, a quorum.
final class HealthModelTest {
    private static final Endpoint SORRY = Endpoint.of("10.0.1.99", 80);
    private static final int STEPS = 3000;
    private static final int MOST = 6;

    /// What is known of a server.
    private static final class Known {
        int weight = 1;
        boolean result = true;
        boolean decided;
        boolean up = true;
        int row;
        boolean reportedDown;
        long version;
        boolean wasAlive = true;
        boolean everAlive;
        int diedAt;

        boolean isAlive() {
            return up && !reportedDown;
        }

        void hear(int rise, int fall) {
            if (!decided) {
                decided = true;
                up = result;
                row = 0;
            } else if (result == up) {
                row = 0;
            } else if (++row >= (result ? rise : fall)) {
                up = result;
                row = 0;
            }
        }
    }

    private final RandomGenerator random = Seed.generator();
    private final Map<Integer, Known> servers = new TreeMap<>();
    private final MonitorRig rig = new MonitorRig();
    private int rise = 1;
    private int fall = 1;
    private int cap = 100;
    private LastServer last = LastServer.REJECT;
    private Quorum quorum = Quorum.ONE;
    private boolean quorumUp = true;
    private boolean isFirst = true;
    private int now;

    private HealthPolicy policy() {
        HealthCheck check = CHECK.toBuilder().rise(rise).fall(fall).build();
        HealthPolicy.Builder builder =
                HealthPolicy.builder().checks(List.of(check)).maxEjected(cap).quorum(quorum);
        return (last == LastServer.SORRY ? builder.sorryServer(SORRY) : builder.lastServer(last))
                .build();
    }

    private void apply(boolean slow) {
        List<RealServer> all = new ArrayList<>();
        servers.forEach(
                (number, known) -> all.add(MonitorRig.server(number).withWeight(known.weight)));
        HealthPolicy policy = policy();
        if (slow) {
            policy = policy.toBuilder().slowStart(SlowStart.over(Duration.ofSeconds(9))).build();
        }
        rig.apply(MonitorRig.service(policy, all.toArray(RealServer[]::new)));
    }

    /// One interval: every server is asked once.
    private void ask() {
        rig.asked.clear();
        rig.seconds(1);
        rig.asked.forEach(target -> {
            int number = (int) (target.endpoint().address().low() & 0xFF);
            Known known = servers.get(number);
            if (known != null) {
                known.hear(rise, fall);
            }
        });
    }

    private void step(boolean slow) {
        now++;
        int number = 1 + random.nextInt(MOST);
        Known known = servers.get(number);
        switch (random.nextInt(10)) {
            case 0 -> {
                if (known == null) {
                    servers.put(number, new Known());
                    set(number, true);
                } else {
                    servers.remove(number);
                }
                apply(slow);
            }
            case 1 -> {
                if (known != null) {
                    known.weight = random.nextInt(3);
                }
                apply(slow);
            }
            case 2 -> {
                rise = 1 + random.nextInt(3);
                fall = 1 + random.nextInt(3);
                cap = random.nextBoolean() ? 100 : random.nextInt(101);
                last = LastServer.values()[random.nextInt(3)];
                int least = 1 + random.nextInt(4);
                quorum = new Quorum(least, random.nextInt(least));
                apply(slow);
            }
            case 3 -> {
                if (known != null) {
                    known.reportedDown = random.nextBoolean();
                    known.version += random.nextInt(2);
                    rig.monitor.report(
                            WEB,
                            MonitorRig.server(number).endpoint(),
                            !known.reportedDown,
                            "",
                            known.version,
                            rig.clock.nanoTime());
                }
            }
            default -> {
                if (known != null) {
                    known.result = random.nextInt(3) > 0;
                    set(number, known.result);
                }
                ask();
            }
        }
    }

    private void set(int number, boolean result) {
        rig.answers.put(
                MonitorRig.server(number).endpoint(),
                target -> result ? ProbeResult.passed("") : ProbeResult.failed("dead"));
    }

    private List<Integer> dead() {
        return servers.entrySet().stream()
                .filter(each -> each.getValue().weight > 0 && !each.getValue().isAlive())
                .sorted(Comparator.comparingInt(each -> each.getValue().diedAt))
                .map(Map.Entry::getKey)
                .toList();
    }

    private void check(String step, boolean slow) {
        int count = 0;
        int weights = 0;
        int up = 0;
        for (Known known : servers.values()) {
            if (known.wasAlive && !known.isAlive()) {
                known.diedAt = now;
            }
            known.wasAlive = known.isAlive();
            known.everAlive |= known.isAlive();
            count += known.weight > 0 ? 1 : 0;
            weights += known.weight;
            up += known.isAlive() ? known.weight : 0;
        }
        List<Integer> dead = dead();
        int out = 0;
        for (int number : dead) {
            out += rig.word(number) == 0 ? 1 : 0;
        }
        assertThat(out * 100).as(step).isLessThanOrEqualTo(cap * Math.max(1, count));
        int most = count * cap / 100;
        boolean keepsOne =
                last == LastServer.KEEP
                        && up == 0
                        && dead.size() <= most
                        && dead.stream()
                                .anyMatch(number -> requireNonNull(servers.get(number)).everAlive);
        assertThat(out)
                .as("%s: %s of %s, cap %s, %s", step, dead, count, cap, last)
                .isEqualTo(Math.min(most, dead.size()) - (keepsOne ? 1 : 0));
        servers.forEach((number, known) -> {
            if (known.isAlive()) {
                int word = rig.word(number);
                assertThat(word).as("%s: server %s", step, number).isPositive();
                assertThat(slow || word == HealthWords.WHOLE).as(step).isTrue();
            } else if (known.weight == 0) {
                assertThat(rig.word(number)).as("%s: server %s", step, number).isZero();
            }
            assertThat(rig.health(number).up())
                    .as("%s: server %s", step, number)
                    .isEqualTo(known.isAlive() && known.weight > 0);
        });
        checkQuorum(step, up, weights);
    }

    private void checkQuorum(String step, int up, int weights) {
        int least = quorum.weight();
        if (!isFirst) {
            least =
                    quorumUp
                            ? least - quorum.hysteresis()
                            : Math.max(least, Math.min(least + quorum.hysteresis(), weights));
        }
        isFirst = false;
        quorumUp = up >= least;
        assertThat(rig.health().quorumUp())
                .as("%s: %s of %s", step, up, quorum)
                .isEqualTo(quorumUp);
        assertThat(rig.health().weightUp()).as(step).isEqualTo(up);
        boolean sorry = last == LastServer.SORRY && !quorumUp;
        assertThat(rig.health().sorry()).as(step).isEqualTo(sorry);
        if (last == LastServer.SORRY) {
            assertThat(rig.sorryWord(SORRY) != 0).as(step).isEqualTo(sorry);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void isAsTheModelSays(boolean slow) {
        apply(slow);
        check("at the start", slow);
        for (int step = 0; step < STEPS; step++) {
            step(slow);
            check("step " + step + ", " + Seed.message(0), slow);
        }
        rig.close();
    }
}
