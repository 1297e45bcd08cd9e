// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

/// A completion function for zsh.
final class ZshCompletion {
    private ZshCompletion() {}

    static String script() {
        StringBuilder cases = new StringBuilder();
        CompletionWords.table()
                .forEach((path, words) ->
                        cases.append("        \"")
                                .append(path)
                                .append("\") candidates=(")
                                .append(String.join(" ", words))
                                .append(") ;;\n"));
        return """
        #compdef fullnat ipvsadm dpip
        # Completion of fullnat, and of ipvsadm and dpip, for zsh: in a folder of $fpath as _fullnat, or
        # source <(fullnat completion zsh)

        # What a running balancer has: the expression picks it from lines that restore it.
        _fullnat_known() {
            candidates=(${(f)"$(fullnat ipvsadm -Sn 2>/dev/null | sed -n "$1" | sort -u)"})
        }

        _fullnat() {
            local -a candidates typed
            local named=2
            typed=("${(@)words[1,CURRENT - 1]}")
            case "${typed[1]:t}" in
                ipvsadm|dpip) typed=(fullnat "${typed[1]:t}" "${(@)typed[2,-1]}") ;;
            esac
            if [[ "${typed[2]}" == --socket ]]; then
                typed=(fullnat "${(@)typed[4,-1]}")
            fi
            case "${typed[2]}" in
                ipvsadm|counters|trace|top) named=1 ;;
                dpip) named=3 ;;
            esac
            case "${(j: :)typed[2,named + 1]}" in
        """
                + cases
                + """
                    esac
                    case "${typed[-1]}" in
                        -t|--tcp-service|tcp) _fullnat_known 's/^-A -t \\([^ ]*\\).*/\\1/p' ;;
                        -u|--udp-service|udp) _fullnat_known 's/^-A -u \\([^ ]*\\).*/\\1/p' ;;
                        -r|--real-server) _fullnat_known 's/^-a .* -r \\([^ ]*\\).*/\\1/p' ;;
                    esac
                    compadd -a candidates || _files
                }

                if [[ "${funcstack[1]}" == _fullnat ]]; then
                    _fullnat "$@"
                else
                    compdef _fullnat fullnat ipvsadm dpip
                fi
                """;
    }
}
