// SPDX-License-Identifier: Apache-2.0
/// What is to be captured of the packets that pass, and what comes of it: for
/// [io.fullnat.core.FullNatBalancer#capture(CaptureSettings)].
package io.fullnat.core.capture;
