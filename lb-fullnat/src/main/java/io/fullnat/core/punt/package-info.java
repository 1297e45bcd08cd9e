// SPDX-License-Identifier: Apache-2.0
/// The way between the workers and the kernel's interfaces beside ports: rings of frames, how much
/// goes into them, and the thread at their other end.
package io.fullnat.core.punt;
