using System.Text;
using System.Text.Json;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>From files to the payload of a bundle: the same files and manifest give the same bytes.</summary>
internal static class BundleBuilder
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="manifest">Its list of files is made here.</param>
    public static byte[]? Build(BundleManifest manifest, IReadOnlyList<PolicyFile> files, out BundleRefusal? refusal)
    {
        var sorted = files.OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
        if (BundlePaths.Fault(sorted.Select(file => file.Path)) is { } path)
        {
            refusal = new(BundleFault.BadPath, "A file cannot be in a bundle by its name: letters, digits, '-', '_' and '.' are allowed.", [new PolicyError(path, 0, "It begins with a letter or digit, ends in .json and has 64 characters at most.")]);
            return null;
        }

        var contents = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in sorted)
        {
            try
            {
                contents.Add(file.Path, Strict.GetString(file.Content.Span));
            }
            catch (DecoderFallbackException)
            {
                refusal = new(BundleFault.BadPolicy, "A file is no text.", [new PolicyError(file.Path, 0, "The file is not UTF-8.")]);
                return null;
            }
        }

        var payload = JsonSerializer.SerializeToUtf8Bytes(
            new BundleDocument { Manifest = manifest with { Files = [.. sorted.Select(BundlePayload.Describe)] }, Contents = contents }, BundleJson.Default.BundleDocument);

        // What was built is read as it will be read elsewhere, so that nobody signs what nobody can load.
        return BundlePayload.Read(payload, out refusal) is null ? null : payload;
    }
}
