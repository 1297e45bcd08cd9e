// SPDX-License-Identifier: Apache-2.0
/// Local ports: which are free for a local address and a real server, in which order they are
/// given, and to which worker the answers come back. All of it belongs to one worker's thread,
/// unless a class says otherwise.
package io.fullnat.core.localport;
