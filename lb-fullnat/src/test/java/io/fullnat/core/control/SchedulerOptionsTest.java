// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.OTHER_SERVER;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServicePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a scheduler is told of its service, and that options are known before they are accepted.
class SchedulerOptionsTest {
    private final List<SchedulerContext> contexts = new ArrayList<>();
    private final List<List<RealServer>> servers = new ArrayList<>();
    private final List<Scheduler> resumed = new ArrayList<>();
    private final ControlRig rig =
            ControlRig.ofOneWorker(builder -> builder.scheduler(new Stepping()));

    private final class Stepping implements SchedulerFactory {
        @Override
        public String name() {
            return "stepping";
        }

        @Override
        public void checkOptions(Map<String, String> options) {
            options.forEach((option, value) -> {
                if (!option.equals("step") || !value.matches("[1-9]")) {
                    throw new BalancerException(
                            ErrorCode.INVALID_ARGUMENT,
                            option + "=" + value + " is not step=1 to step=9");
                }
            });
        }

        @Override
        public Scheduler create(List<RealServer> all, SchedulerContext context) {
            contexts.add(context);
            servers.add(all);
            return new Scheduler() {
                @Override
                public int select(ConnectionRequest request, ServerLoads loads) {
                    return 0;
                }

                @Override
                public void resume(Scheduler previous, int[] origins) {
                    resumed.add(previous);
                }
            };
        }
    }

    @BeforeEach
    void configure() {
        rig.configured();
        rig.apply(
                new Change.EditService(WEB, "stepping", Optional.empty()),
                new Change.AddRealServer(WEB, OTHER_SERVER.withWeight(5)),
                policy(Map.of("step", "3")));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static Change policy(Map<String, String> options) {
        return new Change.SetPolicy(WEB, ServicePolicy.DEFAULT.withSchedulerOptions(options));
    }

    @Test
    void itIsToldServiceOptionsAndWeights() {
        assertThat(contexts).hasSize(1);
        SchedulerContext context = contexts.getFirst();
        assertThat(context.service()).isEqualTo(WEB);
        assertThat(context.options()).isEqualTo(Map.of("step", "3"));
        assertThat(servers).containsExactly(List.of(SERVER, OTHER_SERVER.withWeight(5)));
    }

    @Test
    void otherOptionsMakeAnotherThatGoesOnWhereTheFirstWas() {
        rig.apply(policy(Map.of("step", "4")));
        assertThat(contexts).hasSize(2).last().matches(it -> it.options().containsValue("4"));
        assertThat(resumed).hasSize(1);

        rig.apply(
                new Change.SetPolicy(
                        WEB,
                        ServicePolicy.DEFAULT
                                .withSchedulerOptions(Map.of("step", "4"))
                                .withRefusal(ServicePolicy.Refusal.DROP)));
        assertThat(contexts).as("what does not concern it").hasSize(2);
    }

    @Test
    void anUnknownOptionIsRefusedAsAWhole() {
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("step=0 is not step=1 to step=9"),
                new Change.EditRealServer(WEB, SERVER.withWeight(9)),
                policy(Map.of("step", "0")));
        assertThat(contexts).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc"})
    void builtInSchedulersKnowNone(String name) {
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("scheduler \"" + name + "\" has no option \"step\""),
                new Change.EditService(WEB, name, Optional.empty()));

        rig.apply(new Change.EditService(WEB, name, Optional.empty()), policy(Map.of()));
        rig.apply(
                policy(Map.of("step", "1")),
                new Change.EditService(WEB, "stepping", Optional.empty()));
        assertThat(contexts).hasSize(2);
    }

    /// What a server must be like is known when the service is built: the whole is refused.
    @Test
    void aServerThatAVariantCannotHaveIsRefused() {
        rig.apply(
                policy(Map.of("variant", "dpvs")),
                new Change.EditService(WEB, "mh", Optional.empty()));
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("has a weight above 32767", "leave out variant=dpvs"),
                new Change.EditRealServer(WEB, SERVER.withWeight(40_000)));
        rig.apply(new Change.EditRealServer(WEB, SERVER.withWeight(32_767)));
    }

    @Test
    void thePolicyNamesThemInItsText() {
        assertThat(ServicePolicy.DEFAULT.withSchedulerOptions(Map.of("b", "2", "a", "1")))
                .hasToString("refusal reject, removal drain, scheduler options {a=1, b=2}");
    }
}
