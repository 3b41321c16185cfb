using System.Reflection;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Bundles;

/// <summary>The policies that the executable brings along: the files of <c>/policies</c>, embedded under their path there.</summary>
internal static class ShippedPolicies
{
    private const string Prefix = "policies/";
    private const string Schema = "policy.schema.json";

    private static readonly Assembly Home = typeof(ShippedPolicies).Assembly;

    public static IReadOnlyList<string> Names { get; } =
    [
        .. Home.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.LastIndexOf('/') >= Prefix.Length)
            .Select(name => name[Prefix.Length..name.LastIndexOf('/')])
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Writes the files of a shipped policy that are not there yet, and the schema that they refer to. A file that is there is the
    /// operator's and stays as it is.
    /// </summary>
    /// <exception cref="ArgumentException">No policy of this name is shipped.</exception>
    public static void Write(string policiesFolder, string name)
    {
        if (!Names.Contains(name))
        {
            throw new ArgumentException($"No policy '{name}' is shipped.", nameof(name));
        }

        WriteNew(Path.Combine(policiesFolder, Schema), Prefix + Schema);
        foreach (var resource in Home.GetManifestResourceNames())
        {
            if (resource.StartsWith($"{Prefix}{name}/", StringComparison.Ordinal))
            {
                WriteNew(Path.Combine(policiesFolder, name, resource[(resource.LastIndexOf('/') + 1)..]), resource);
            }
        }
    }

    /// <summary>Whether these are the files of a shipped policy, all of them and byte for byte.</summary>
    public static bool Is(string name, IReadOnlyList<PolicyFile> files)
    {
        var shipped = Files(name);
        return shipped.Count > 0 && shipped.Count == files.Count
            && shipped.All(one => files.Any(file => file.Path == one.Path && file.Content.Span.SequenceEqual(one.Content.Span)));
    }

    /// <summary>The files of a shipped policy; none if no policy of this name is shipped.</summary>
    public static IReadOnlyList<PolicyFile> Files(string name) =>
    [
        .. Home.GetManifestResourceNames()
            .Where(resource => resource.StartsWith($"{Prefix}{name}/", StringComparison.Ordinal))
            .Select(resource => new PolicyFile(resource[(resource.LastIndexOf('/') + 1)..], Read(resource))),
    ];

    private static byte[] Read(string resource)
    {
        using var source = Home.GetManifestResourceStream(resource)!;
        var content = new byte[source.Length];
        source.ReadExactly(content);
        return content;
    }

    // Written aside and moved, so that a crash leaves no half of a policy.
    private static void WriteNew(string path, string resource)
    {
        if (File.Exists(path))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var source = Home.GetManifestResourceStream(resource)!)
        using (var target = new FileStream(aside, options))
        {
            source.CopyTo(target);
            target.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
    }
}
