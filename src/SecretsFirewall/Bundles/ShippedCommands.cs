using System.Reflection;
using SecretsFirewall.Commands.Operations;
using SecretsFirewall.Commands.Table;

namespace SecretsFirewall.Bundles;

/// <summary>The tables that the executable brings along: the files of <c>/policies/commands</c> and <c>/policies/operations</c>, embedded.</summary>
internal static class ShippedCommands
{
    private static readonly Assembly Home = typeof(ShippedCommands).Assembly;

    private static readonly Lazy<CommandTable> Loaded = new(() =>
        CommandTableLoader.Load(Files("commands/"), out var errors) ?? throw new InvalidOperationException($"The shipped command table does not load: {errors[0]}"));

    private static readonly Lazy<OperationTable> LoadedOperations = new(() =>
        OperationTableLoader.Load(Files("operations/"), out var errors) ?? throw new InvalidOperationException($"The shipped table of operations does not load: {errors[0]}"));

    /// <summary>Loaded once, at the first call.</summary>
    public static CommandTable Table => Loaded.Value;

    /// <summary>Loaded once, at the first call.</summary>
    public static OperationTable Operations => LoadedOperations.Value;

    private static List<CommandFile> Files(string prefix) =>
        [.. Home.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => new CommandFile(name, Read(name)))];

    private static byte[] Read(string resource)
    {
        using var source = Home.GetManifestResourceStream(resource)!;
        var content = new byte[source.Length];
        source.ReadExactly(content);
        return content;
    }
}
