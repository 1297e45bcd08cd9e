package io.fullnat.api.service;

/// A local address as it is now, over all workers and all services that share it.
///
/// @param address the wished state
/// @param connections live connections that use it
/// @param allocationMisses connections refused because no port was free towards their real server
public record LocalAddressStatus(LocalAddress address, long connections, long allocationMisses) {}
