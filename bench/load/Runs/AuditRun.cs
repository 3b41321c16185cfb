using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Load.Runs;

/// <summary>What the audit costs: records a second by durability, with checkpoints, and megabytes a second of <c>sfw audit verify</c> on one thread.</summary>
internal static class AuditRun
{
    public static readonly AuditRecord Record = new()
    {
        Type = AuditTypes.Intent,
        Exchange = "01a1fdff3e6e709099ea184a3cc28777",
        Agent = "builder",
        Session = "5f1c2a9be0d14e0f9f3d1b7a",
        Destination = new Destination("https", "api.example.com", 443),
        Method = "POST",
        Path = "/v1/chat/completions",
        Outcome = "allow",
        Rule = "llm-openai",
        Bundle = new AuditBundle("default", 1, "sha256:b4d41267f907e7052d7222dc6b8b71b8b8ff3a8031fce606cd7a817881bdd83f"),
        TimingsUs = new Dictionary<string, long> { ["total"] = 123_456 },
    };

    /// <param name="megabytes">Of the log that is verified.</param>
    public static void Run(string folder, int megabytes)
    {
        using var signer = CheckpointSigner.TryCreate(ECDsa.Create(ECCurve.NamedCurves.nistP256))!;
        foreach (var (durability, records) in new[] { (AuditDurability.Flush, 200_000), (AuditDurability.Batch, 200_000), (AuditDurability.Intent, 2_000) })
        {
            Write(Path.Combine(folder, durability.ToString()), durability, signer, log => log.Sequence < records, out var rate);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{durability,-8} {rate,10:N0} records/s"));
        }

        var chain = Path.Combine(folder, "verified");
        Write(chain, AuditDurability.Flush, signer, log => log.Sequence % 1000 != 0 || AuditSegments.TotalBytes(chain) < megabytes * 1_000_000L, out _);
        var bytes = AuditSegments.TotalBytes(chain);
        var survey = new TrustSurvey();
        using var verifier = new ChainVerifier(new ChainTrust { Keys = [signer.Public] }, survey.See);
        var watch = Stopwatch.StartNew();
        var verification = verifier.Verify([.. AuditReader.Segments(chain).Select(ChainSegment.Of)]);
        var rateOfVerify = bytes / 1e6 / watch.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"verify   {bytes / 1e6:N0} MB, {verification.Records} records, {verification.Checkpoints} checkpoints, whole: {verification.IsWhole}: {rateOfVerify:N0} MB/s"));
    }

    private static void Write(string directory, AuditDurability durability, CheckpointSigner signer, Func<AuditLog, bool> more, out double rate)
    {
        var watch = Stopwatch.StartNew();
        using (var log = AuditLog.Open(new AuditOptions { Directory = directory, Durability = durability }, TimeProvider.System, NullLogger.Instance, new AuditSigning(signer)))
        {
            while (more(log) && log.TryAppend(Record))
            {
            }

            rate = log.Sequence / watch.Elapsed.TotalSeconds;
        }
    }
}
