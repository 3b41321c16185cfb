using SecretsFirewall.Audit;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.House;

/// <summary>A log that keeps nothing exists for the bench alone.</summary>
public sealed class AuditSinkTests
{
    [Fact]
    public void Discarding_NothingOfTheProduct_CallsIt()
    {
        var source = Path.Combine(Path.GetDirectoryName(Repository.Policies)!, "src");

        var files = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories).Where(static file => File.ReadAllText(file).Contains("Discarding(", StringComparison.Ordinal));

        Assert.Equal("AuditLog.cs", Path.GetFileName(Assert.Single(files)));
    }

    [Fact]
    public void Discarding_Record_IsTakenAndNothingIsWritten()
    {
        using var log = AuditLog.Discarding(TimeProvider.System);

        Assert.True(log.TryAppend(new AuditRecord { Type = AuditTypes.Intent }));
        Assert.Equal((0, AuditTrouble.None), (log.Sequence, log.Trouble));
    }
}
