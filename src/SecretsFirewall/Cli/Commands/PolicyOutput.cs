using System.Globalization;
using System.Text.Json.Serialization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary>What several <c>sfw policy</c> commands write.</summary>
internal static class PolicyOutput
{
    public static void Show(Output output, BundleReply bundle)
    {
        Row(output, "name", bundle.Name);
        Row(output, "version", bundle.Version.ToString(CultureInfo.InvariantCulture));
        Row(output, "sha256", bundle.Sha256);
        Row(output, "issued", Time(bundle.IssuedAt));
        if (bundle.NotBefore is { } begin)
        {
            Row(output, "not before", Time(begin));
        }

        Row(output, "expires", Time(bundle.ExpiresAt));
        Row(output, "audience", string.Join(' ', bundle.Audience));
        foreach (var signer in bundle.Signers)
        {
            Row(output, "signed by", $"{signer.Name ?? "(not trusted for policies)"} {signer.Key}");
        }
    }

    public static void Row(Output output, string name, string value) => output.Line($"{output.Paint(name.PadRight(11), TextColour.Dim)}{value}");

    public static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);

    /// <summary>Null if it was written.</summary>
    public static string? TryWrite(string path, byte[] content)
    {
        try
        {
            var aside = path + ".new";
            File.WriteAllBytes(aside, content);
            File.Move(aside, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be written: {e.Message}";
        }
    }
}

/// <summary>What commands that write a signed file say of it with <c>--json</c>.</summary>
/// <param name="Version">Of a bundle or a root; the lowest that may follow, of a reset.</param>
internal sealed record WrittenLine(string Path, string Sha256, int Signatures, string? Name = null, int? Version = null, DateTimeOffset? ExpiresAt = null);

/// <summary>A line of <c>sfw policy test --json</c>.</summary>
internal sealed record CaseLine(string Name, string File, int Line, bool Right, string Expected, string Actual, string Rule);

/// <summary>A line of <c>sfw policy diff --json</c>.</summary>
internal sealed record DifferenceLine(string Part, string? Before, string? After);

/// <summary>A line of <c>sfw policy lint --json</c>.</summary>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
internal sealed record LintLine(string Severity, string File, int Line, string Message);

/// <summary>What <c>sfw keys new --json</c> writes.</summary>
internal sealed record NewKeyLine(string Name, string Fingerprint, string PrivateKey, string PublicKey);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExplainedDecision))]
[JsonSerializable(typeof(CaseLine))]
[JsonSerializable(typeof(DifferenceLine))]
[JsonSerializable(typeof(LintLine))]
[JsonSerializable(typeof(NewKeyLine))]
[JsonSerializable(typeof(WrittenLine))]
internal sealed partial class PolicyOutputJson : JsonSerializerContext;
