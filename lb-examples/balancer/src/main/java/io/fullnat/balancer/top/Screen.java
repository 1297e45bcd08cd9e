// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import java.util.List;

/// Where lines are shown. Used by one thread, but for [#close()].
interface Screen extends AutoCloseable {
    /// How large it is now.
    Frame.Size size();

    /// Shows lines, as many as there are rows.
    ///
    /// @return false if nobody can see them any more
    boolean draw(List<Line> lines);

    /// Forgets what is there: the next lines are drawn from scratch.
    void forget();

    /// Leaves it as it was found, once, in whatever thread.
    @Override
    void close();
}
