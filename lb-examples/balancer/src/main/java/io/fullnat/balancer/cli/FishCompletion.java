// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

/// Completions for fish.
final class FishCompletion {
    private FishCompletion() {}

    static String script() {
        StringBuilder cases = new StringBuilder();
        CompletionWords.table()
                .forEach((path, words) ->
                        cases.append("        case '")
                                .append(path)
                                .append("'\n            set candidates ")
                                .append(String.join(" ", words))
                                .append('\n'));
        return """
        # Completion of fullnat, and of ipvsadm and dpip, for fish. Use: fullnat completion fish | source

        # What a running balancer has: the expression picks it from lines that restore it.
        function __fullnat_known
            fullnat ipvsadm -Sn 2>/dev/null | sed -n $argv[1] | sort -u
        end

        function __fullnat_candidates
            set -l typed (commandline -opc)
            set -l candidates
            set -l named 2
            switch (basename -- $typed[1])
                case ipvsadm dpip
                    set typed fullnat (basename -- $typed[1]) $typed[2..-1]
            end
            if test (count $typed) -gt 1; and test "$typed[2]" = --socket
                set typed fullnat $typed[4..-1]
            end
            switch "$typed[2]"
                case ipvsadm counters trace top
                    set named 1
                case dpip
                    set named 3
            end
            set -l last (math "min($named + 1, "(count $typed)")")
            set -l path
            test $last -ge 2; and set path $typed[2..$last]
            switch "$path"
        """
                + cases
                + """
                    end
                    switch "$typed[-1]"
                        case -t --tcp-service tcp
                            set candidates (__fullnat_known 's/^-A -t \\([^ ]*\\).*/\\1/p')
                        case -u --udp-service udp
                            set candidates (__fullnat_known 's/^-A -u \\([^ ]*\\).*/\\1/p')
                        case -r --real-server
                            set candidates (__fullnat_known 's/^-a .* -r \\([^ ]*\\).*/\\1/p')
                    end
                    if set -q candidates[1]
                        printf '%s\\n' $candidates
                    else
                        __fish_complete_path (commandline -ct)
                    end
                end

                for name in fullnat ipvsadm dpip
                    complete -c $name -f -a '(__fullnat_candidates)'
                end
                """;
    }
}
