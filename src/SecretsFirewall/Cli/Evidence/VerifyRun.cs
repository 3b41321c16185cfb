using System.CommandLine;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Witnesses;
using SecretsFirewall.Cli.Commands;
using SecretsFirewall.Cli.Scanning;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Evidence;

/// <summary>What a check of a log needs beside the log.</summary>
/// <param name="Paths">Folders and segments; empty for the home's own log.</param>
internal sealed record VerifyRequest(IReadOnlyList<string> Paths, string? KeyFile, string? WitnessFile);

/// <summary>A check that was done.</summary>
internal sealed record VerifyOutcome(AuditVerification Verification, TrustSurvey Survey, bool HasKeys);

/// <summary>Gathers segments, keys and what is known of the log, and checks it. Of a log elsewhere nothing of the home is used.</summary>
internal static class VerifyRun
{
    /// <summary>Null where it could not be begun; the sentence was written then.</summary>
    public static async Task<VerifyOutcome?> RunAsync(ParseResult parse, Output output, VerifyRequest request, CancellationToken cancellation)
    {
        IReadOnlyList<CheckpointKey> keys = [];
        var known = new Dictionary<long, string>();
        var paths = request.Paths;
        if (request.KeyFile is { } keyFile && ReadKeys(keyFile, out keys) is { } noKey)
        {
            output.Fail(noKey);
            return null;
        }

        if (request.WitnessFile is { } witness)
        {
            if (WitnessLine.Read(witness, out var problem) is not { } said)
            {
                output.Fail(problem);
                return null;
            }

            known = new Dictionary<long, string>(said);
        }

        if (paths.Count == 0)
        {
            AuditStateReply? state = null;
            await ControlCommand.RunAsync(parse, context => context.CallAsync(ControlOperations.AuditState, NoContent.Instance, reply => (state = reply) is null ? 1 : 0), cancellation);
            if (state is null)
            {
                return null;
            }

            paths = [state.Directory];
            keys = request.KeyFile is null ? [.. state.Keys.SelectMany(static pem => CheckpointKey.TryReadPem(pem) ?? [])] : keys;
            if (state.MarkSequence > 0)
            {
                known[state.MarkSequence] = state.MarkHash;
            }
        }

        try
        {
            var (files, isWholeLog) = Find(paths);
            return Check(parse, output, files, new ChainTrust { Keys = keys, Known = known, MayBeginLate = !isWholeLog });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            output.Fail($"The log cannot be read: {e.Message}");
            return null;
        }
    }

    private static VerifyOutcome Check(ParseResult parse, Output output, IReadOnlyList<string> files, ChainTrust trust)
    {
        var survey = new TrustSurvey();
        var progress = new ScanProgress(parse.InvocationConfiguration.Error, output.IsTerminal);
        progress.Begin(files.Sum(static file => new FileInfo(file).Length));
        using var verifier = new ChainVerifier(trust, survey.See);
        var verification = verifier.Verify([.. files.Select(ChainSegment.Of)], progress.Add);
        progress.Clear();
        return new VerifyOutcome(verification, survey, trust.Keys.Count > 0);
    }

    // Segments of several folders are one log: some may have been moved away.
    private static (IReadOnlyList<string> Files, bool IsWholeLog) Find(IReadOnlyList<string> paths)
    {
        var files = paths.SelectMany(static path => Directory.Exists(path) ? AuditReader.Segments(path) : [path]);
        return ([.. files.OrderBy(static file => Path.GetFileName(file), StringComparer.Ordinal)], paths.Any(Directory.Exists));
    }

    /// <summary>Null, or one sentence that says why there are none.</summary>
    public static string? ReadKeys(string file, out IReadOnlyList<CheckpointKey> keys)
    {
        keys = [];
        try
        {
            keys = CheckpointKey.TryReadPem(File.ReadAllText(file)) ?? [];
            return keys.Count > 0 ? null : $"{file} holds no public key of ECDSA on P-256 in PEM (BEGIN PUBLIC KEY).";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{file} cannot be read: {e.Message}";
        }
    }
}
