// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import io.fullnat.api.control.DesiredState;
import io.fullnat.balancer.text.JavaText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Command lines on a whole balancer: the target `commands` of `./build fuzz`. The input is a line,
/// its words parted by blanks, and what the command reads, from the second line on. What is refused
/// says why and has changed nothing.
public final class CommandFuzz {
    private static Optional<CommandRig> rig = Optional.empty();

    private CommandFuzz() {}

    /// Called by the fuzzer, and by the test of the corpus.
    public static void fuzzerTestOneInput(byte[] input) {
        String[] lines = new String(input, StandardCharsets.UTF_8).split("\n", 2);
        List<String> words = Arrays.asList(lines[0].split(" ", -1));
        if (!Commands.isKnown(words.getFirst())) {
            return; // read by others
        }
        CommandRig balancer = rig.orElseGet(CommandRig::withService);
        rig = Optional.of(balancer);
        DesiredState before = balancer.control().desired();
        check(words, balancer.run(words, lines.length == 1 ? "" : lines[1]), before);
        if (!balancer.control().desired().equals(before)) {
            rig = Optional.empty(); // each input meets the same state
            balancer.close();
        }
    }

    private static void check(List<String> words, CommandRig.Result result, DesiredState before) {
        if (result.status() == 0) {
            if (!result.err().isEmpty()) {
                throw new AssertionError(words + " succeeds and says " + result.err());
            }
            return;
        }
        if (result.status() < 0 || result.status() > 69 || !result.err().contains(": ")) {
            throw new AssertionError(words + " ends with " + result);
        }
        if (JavaText.isObeyed(result.err())) {
            throw new AssertionError("a terminal would obey: " + result.err());
        }
        if (!rig.orElseThrow().control().desired().equals(before)) {
            throw new AssertionError(words + " is refused and has changed something");
        }
    }
}
