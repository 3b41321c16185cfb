using System.Reflection;
using SecretsFirewall.Commands.Table;

namespace SecretsFirewall.Bundles;

/// <summary>The command table that the executable brings along: the files of <c>/policies/commands</c>, embedded.</summary>
internal static class ShippedCommands
{
    private const string Prefix = "commands/";

    private static readonly Assembly Home = typeof(ShippedCommands).Assembly;

    private static readonly Lazy<CommandTable> Loaded = new(() =>
        CommandTableLoader.Load(Files(), out var errors) ?? throw new InvalidOperationException($"The shipped command table does not load: {errors[0]}"));

    /// <summary>Loaded once, at the first call.</summary>
    public static CommandTable Table => Loaded.Value;

    private static List<CommandFile> Files() =>
        [.. Home.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => new CommandFile(name, Read(name)))];

    private static byte[] Read(string resource)
    {
        using var source = Home.GetManifestResourceStream(resource)!;
        var content = new byte[source.Length];
        source.ReadExactly(content);
        return content;
    }
}
