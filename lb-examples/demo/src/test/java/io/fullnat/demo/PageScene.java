// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A balancer in memory with clients that do not cease, its page, and a browser. For one thread.
final class PageScene implements AutoCloseable {
    /// The service with three servers that are checked, 203.0.113.11 to 13.
    static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);

    private static final List<String> PLACES = List.of("shop", "search", "api", "mail", "video");

    final MemoryBackend backend = MemoryBackend.open();
    final LivePage page;
    final Chromium browser;

    PageScene(Path profile) {
        backend.start();
        page = LivePage.open(backend.operations());
        browser = Chromium.start(profile);
    }

    /// Opens a view of the page, with the token, and waits for what it shows.
    Chromium open(String view, String words) {
        browser.open(address());
        browser.awaitText("#main", "192.0.2.80");
        return go(view, words);
    }

    /// Goes to another view.
    Chromium go(String view, String words) {
        browser.script("location.hash = arguments[0]", view);
        browser.awaitText("#main", words);
        return browser;
    }

    String address() {
        return page.address().toString();
    }

    /// The same without the token.
    String bareAddress() {
        return address().replaceFirst("#.*", "");
    }

    Control control() {
        return backend.operations().control();
    }

    /// A server of [#WEB] as the balancer has it.
    RealServer server(int number) {
        return status(number).server();
    }

    RealServerStatus status(int number) {
        Endpoint endpoint = Scenario.http(number);
        return control().status(WEB).orElseThrow().realServers().stream()
                .filter(each -> each.server().endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow();
    }

    /// Makes a server of [#WEB] as it was.
    void restore(int number) {
        control()
                .apply(
                        new Change.EditRealServer(
                                WEB, RealServer.of(Scenario.http(number)).withWeight(1)));
    }

    static ServiceKey service(int number) {
        return ServiceKey.tcp("198.51.100." + (20 + number / 1000), 1 + number % 1000);
    }

    /// Adds services of two servers each.
    void addServices(int count) {
        control()
                .apply(present -> IntStream.range(0, count).mapToObj(PageScene::addition).toList());
    }

    void removeServices(int count) {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            changes.add(new Change.RemoveService(service(i), false));
        }
        control().apply(present -> changes);
    }

    private static Change addition(int number) {
        String place = PLACES.get(number % PLACES.size());
        VirtualService service =
                VirtualService.of(service(number))
                        .withRealServer(RealServer.of("203.0.113.21", 8000 + number % 100))
                        .withRealServer(
                                RealServer.of("203.0.113.22", 8000 + number % 100)
                                        .withWeight(number % 50 == 3 ? 0 : 1));
        return new Change.AddService(
                service.withPolicy(service.policy().withDescription(place + " " + number)));
    }

    @Override
    public void close() {
        browser.close();
        page.close();
        backend.stop();
        backend.close();
    }
}
