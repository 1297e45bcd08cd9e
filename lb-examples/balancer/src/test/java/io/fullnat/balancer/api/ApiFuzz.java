// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.api.control.DesiredState;
import io.fullnat.balancer.api.ApiRoute.Place;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// Requests to the API's router: the target `api` of `./build fuzz`. The input is a line `VERB
/// TARGET`, and the body from the second line on. Each gets an answer that is no fault; what is
/// refused has changed nothing.
public final class ApiFuzz {
    private static Optional<ApiRig> rig = Optional.empty();

    private ApiFuzz() {}

    /// Called by the fuzzer, and by the test of the corpus.
    public static void fuzzerTestOneInput(byte[] input) {
        int end = 0;
        while (end < input.length && input[end] != '\n') {
            end++;
        }
        String[] line = new String(input, 0, end, StandardCharsets.ISO_8859_1).split(" ", 2);
        if (line.length < 2) {
            return;
        }
        byte[] body = Arrays.copyOfRange(input, Math.min(end + 1, input.length), input.length);
        ApiRig balancer = rig.orElseGet(() -> new ApiRig().serving());
        rig = Optional.of(balancer);
        DesiredState before = balancer.desired();
        ApiRig.Answer answer = balancer.call(line[0], line[1], body, Place.SOCKET);
        boolean changed = !balancer.desired().equals(before);
        if (changed) {
            rig = Optional.empty(); // each input meets the same state
            balancer.close();
        }
        if (answer.status() < 200 || answer.status() > 599 || answer.status() == 500) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
        if (answer.status() >= 400 && (changed || answer.message().isBlank())) {
            throw new AssertionError("refused without reason, or half done: " + answer.text());
        }
    }
}
