package io.fullnat.api.io;

/// The state of a port's link.
///
/// @param up whether packets can pass
/// @param speedMbps megabits a second, 0 if unknown
/// @param fullDuplex whether both directions can be used at once
public record LinkState(boolean up, long speedMbps, boolean fullDuplex) {}
