namespace SecretsFirewall.Cli.Configuration;

/// <summary>One setting: its key, what may stand there, and where it goes.</summary>
internal abstract class Setting(string key, string expected)
{
    /// <summary>The path in <c>config.json</c>, such as <c>limits.buffer</c>.</summary>
    public string Key { get; } = key;

    /// <summary>What may stand there, for the error: "must be …".</summary>
    public string Expected { get; } = expected;

    /// <summary><c>SFW_</c> and the key in upper case, two underscores a level.</summary>
    public string Variable => "SFW_" + Key.ToUpperInvariant().Replace(".", "__", StringComparison.Ordinal);

    /// <summary>The options with this setting as <paramref name="value"/> says, or null if that cannot be.</summary>
    public abstract FirewallOptions? Apply(FirewallOptions options, ConfiguredValue value);
}

internal sealed class Setting<T>(string key, ValueFormat<T> format, Func<FirewallOptions, T, FirewallOptions> set)
    : Setting(key, format.Expected)
{
    public override FirewallOptions? Apply(FirewallOptions options, ConfiguredValue value) =>
        format.TryRead(value, out var result) ? set(options, result) : null;
}
