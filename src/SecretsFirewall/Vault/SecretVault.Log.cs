using Microsoft.Extensions.Logging;

namespace SecretsFirewall.Vault;

// Names and counts; never a value.
internal sealed partial class SecretVault
{
    [LoggerMessage(3000, LogLevel.Information, "Vault opened: {Secrets} secrets, {Bindings} bindings.")]
    private static partial void LogOpened(ILogger logger, int secrets, int bindings);

    [LoggerMessage(3001, LogLevel.Error, "Vault not opened: {Error}.")]
    private static partial void LogNotOpened(ILogger logger, VaultError error);

    [LoggerMessage(3002, LogLevel.Information, "Secret {Name} stored, version {Version}.")]
    private static partial void LogStored(ILogger logger, string name, long version);

    [LoggerMessage(3003, LogLevel.Information, "{Count} secrets stored.")]
    private static partial void LogImported(ILogger logger, int count);

    [LoggerMessage(3004, LogLevel.Information, "Secret {Name} removed.")]
    private static partial void LogRemoved(ILogger logger, string name);

    [LoggerMessage(3005, LogLevel.Information, "Secret {Name} bound to {Host}:{Port} as {Id}.")]
    private static partial void LogBound(ILogger logger, string name, string host, int port, string id);

    [LoggerMessage(3006, LogLevel.Information, "Secret {Name} unbound: {Id}.")]
    private static partial void LogUnbound(ILogger logger, string name, string id);

    [LoggerMessage(3007, LogLevel.Information, "Secret {Name} rotated, version {Version}; {OldValues} old values are still masked.")]
    private static partial void LogRotated(ILogger logger, string name, long version, int oldValues);

    [LoggerMessage(3008, LogLevel.Information, "Old values of secret {Name} are forgotten.")]
    private static partial void LogForgotten(ILogger logger, string name);

    [LoggerMessage(3009, LogLevel.Information, "{Count} old values of secret {Name} have expired and are forgotten.")]
    private static partial void LogExpired(ILogger logger, string name, int count);
}
