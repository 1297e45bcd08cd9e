// SPDX-License-Identifier: Apache-2.0
/// The half of the SYN proxy that keeps nothing: SYNs are answered by cookies, and the client's
/// acknowledgement says what a cookie promised.
package io.fullnat.core.cookie;
