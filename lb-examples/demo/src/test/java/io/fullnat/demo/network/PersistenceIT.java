// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Two clients with kernels of their own stay with a server each, until it is given the weight 0.
@NetworkTest
@ParameterizedClass
@EnumSource
class PersistenceIT {
    private static final int REQUESTS = 12;

    private final FamilyPair pair;
    private final Scene scene;
    private final List<String> clients;

    PersistenceIT(FamilyPair pair) {
        NetworkCondition.requireIpv6();
        this.pair = pair;
        clients = List.of(pair.clients.client().toString(), pair.guest());
        scene = Scene.dualStack(1500);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private Control control() {
        return scene.balancer.engine().control();
    }

    /// The servers that answer a client's requests, each over a connection of its own.
    private Set<String> servers(String client) {
        Set<String> servers = new HashSet<>();
        for (int i = 0; i < REQUESTS; i++) {
            servers.add(
                    scene.lab
                            .client()
                            .execute(
                                    "curl",
                                    "--silent",
                                    "--globoff",
                                    "--show-error",
                                    "--max-time",
                                    "20",
                                    "--interface",
                                    client,
                                    "http://" + pair.http() + "/")
                            .split(" ", -1)[0]);
        }
        return servers;
    }

    private List<TemplateInfo> templates() {
        List<TemplateInfo> templates = new ArrayList<>();
        control()
                .templates(
                        TemplateFilter.of(pair.httpService()),
                        template -> {
                            templates.add(template);
                            return true;
                        });
        return templates;
    }

    @Test
    void eachClientHasOneServer() {
        pair.addGuest(scene.lab);
        assertThat(servers(clients.getFirst())).as("without persistence").hasSize(2);

        VirtualService service =
                requireNonNull(control().desired().services().get(pair.httpService()));
        control()
                .apply(
                        new Change.SetPolicy(
                                pair.httpService(),
                                service.policy()
                                        .withPersistence(
                                                Optional.of(
                                                        Persistence.of(Duration.ofMinutes(5))))));
        Set<String> used = new HashSet<>();
        for (String client : clients) {
            Set<String> servers = servers(client);
            assertThat(servers).as("of " + client).hasSize(1);
            used.addAll(servers);
        }
        assertThat(used).hasSize(2);
        assertThat(templates()).hasSize(2).allMatch(TemplateInfo::proved);

        Endpoint first =
                templates().stream()
                        .filter(each -> each.client().address().equals(pair.clients.client()))
                        .findFirst()
                        .orElseThrow()
                        .server();
        control()
                .apply(
                        new Change.EditRealServer(
                                pair.httpService(),
                                RealServer.of(first.address().toString(), first.port())
                                        .withWeight(0)));
        assertThat(servers(clients.getFirst())).isEqualTo(servers(clients.getLast())).hasSize(1);
        assertThat(templates()).hasSize(2).noneMatch(each -> each.server().equals(first));
    }
}
