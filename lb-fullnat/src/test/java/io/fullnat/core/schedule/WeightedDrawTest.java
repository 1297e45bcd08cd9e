// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Each server is drawn as often as its weight says, whatever the weights are.
class WeightedDrawTest {
    private static final int DRAWS = 200_000;

    /// Standard deviations: for all servers of all rounds together one in some hundred thousand.
    private static final double FARTHEST = 5.5;

    private static WeightedDraw draw(int... weights) {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            servers.add(RealServer.of("10.0.1.1", 1 + i).withWeight(weights[i]));
        }
        return new WeightedDraw(servers, Seed.value());
    }

    private static void drawsByWeight(int... weights) {
        Loads loads = new Loads("random", 1, weights);
        WeightedDraw draw = draw(weights);
        int[] drawn = new int[weights.length];
        for (int i = 0; i < DRAWS; i++) {
            drawn[draw.draw(loads)]++;
        }
        double sum = Arrays.stream(weights).asLongStream().sum();
        for (int i = 0; i < weights.length; i++) {
            double chance = weights[i] / sum;
            double spread = Math.sqrt(DRAWS * chance * (1 - chance));
            assertThat(Math.abs(drawn[i] - DRAWS * chance))
                    .as("server %d of %s, drawn %s", i, weights, drawn)
                    .isLessThanOrEqualTo(FARTHEST * spread);
        }
    }

    @Test
    void ofEqualServersEachIsDrawnAsOften() {
        drawsByWeight(1);
        drawsByWeight(7, 7, 7);
        int[] many = new int[128];
        Arrays.fill(many, 65_535);
        drawsByWeight(many);
    }

    @Test
    void oneThatIsWorthMoreThanAllOthersGetsAllThatIsLeft() {
        drawsByWeight(1, 1000, 1, 1, 1);
        drawsByWeight(0, 0, 65_535, 0, 1);
        drawsByWeight(0, 3, 0);
    }

    @Test
    void anyWeightsAreKept() {
        RandomGenerator random = Seed.generator(Seed.of(17L));
        for (int round = 0; round < 40; round++) {
            int[] weights = new int[2 + random.nextInt(round < 35 ? 20 : 300)];
            int most = 1 << random.nextInt(17);
            Arrays.setAll(weights, i -> Math.min(65_535, random.nextInt(most + 1)));
            weights[random.nextInt(weights.length)] = 1;
            drawsByWeight(weights);
        }
    }

    @Test
    void withoutAnyWeightThereIsNobody() {
        assertThat(draw().draw(new Loads("random", 1))).isEqualTo(Scheduler.NONE);
        assertThat(draw(0, 0).draw(new Loads("random", 1, 0, 0))).isEqualTo(Scheduler.NONE);
    }
}
