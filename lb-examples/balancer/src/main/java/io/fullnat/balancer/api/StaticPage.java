// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.balancer.page.PageFile;
import io.fullnat.balancer.page.PageFiles;
import java.util.HashMap;
import java.util.Map;

/// A file of the live page. Says nothing of the balancer, so that a page without a token can ask
/// for one. Thread-safe.
///
/// @param file the same for everybody
record StaticPage(PageFile file) implements Page {
    private static final String LISTENER = PageFiles.FOLDER + "listener";

    /// All of the page, by path.
    static Map<String, Page> all() {
        Map<String, Page> pages = new HashMap<>();
        PageFiles.read().forEach(file -> pages.put(file.path(), new StaticPage(file)));
        pages.put(LISTENER, new Listener());
        return pages;
    }

    @Override
    public Reply get(ApiRequest request) {
        return new Reply.Document(file, file.isKnown(request.ifNoneMatch()));
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    /// What the listener that is asked lets the page do.
    private record Listener() implements Page {
        @Override
        public Reply get(ApiRequest request) {
            Rights rights = request.rights();
            return Reply.ok(
                    Json.object()
                            .put("token", rights.token())
                            .put("changes", rights.changes())
                            .put("reason", rights.reason()));
        }

        @Override
        public boolean isOpen() {
            return true;
        }
    }
}
