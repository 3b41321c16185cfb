using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Witnesses;

namespace SecretsFirewall.Tests.Audit;

/// <summary>What a witness keeps, and what is believed of it.</summary>
public sealed class WitnessLineTests : IDisposable
{
    private readonly SignedChain _chain = new();

    private string File => Path.Combine(_chain.Folder, "witness");

    public void Dispose() => _chain.Dispose();

    [Fact]
    public async Task FileWitness_CheckpointsOfALog_VerifyIt()
    {
        using (var log = _chain.Open())
        {
            for (var i = 0; i < 4; i++)
            {
                log.TryAppend(SignedChain.Intent(i));
                log.TryCheckpoint();
                Assert.Null(await new FileWitness(File).SendAsync(_chain.Position!, CancellationToken.None));
            }
        }

        var known = WitnessLine.Read(File, out _)!;
        Assert.Equal(4, known.Count);
        Assert.True(Verify(known).IsWhole);
        Assert.Equal(AuditBreakReason.Rewritten, Verify(known.ToDictionary(static one => one.Key, static one => new string('0', 64))).Break!.Reason);
        Assert.Equal(AuditBreakReason.RolledBack, Verify(new Dictionary<long, string>(known) { [1000] = new('0', 64) }).Break!.Reason);
    }

    [Fact]
    public async Task FileWitness_FolderThatIsNotThere_SaysWhy()
    {
        using var log = _chain.Open();
        log.TryAppend(SignedChain.Intent(1));
        log.TryCheckpoint();

        Assert.NotNull(await new FileWitness(Path.Combine(_chain.Folder, "none", "witness")).SendAsync(_chain.Position!, CancellationToken.None));
    }

    [Fact]
    public void Read_LastLineTorn_TakesThoseBefore()
    {
        System.IO.File.WriteAllText(File, $"{Line(5, 'a')}\n{{\"seq\":6,\"ha");

        Assert.Equal([5L], WitnessLine.Read(File, out _)!.Keys);
    }

    [Theory]
    [InlineData("not json\n")]
    [InlineData("{\"seq\":5}\n")]
    [InlineData("{\"seq\":\"5\",\"hash\":1}\n")]
    [InlineData("[]\n")]
    [InlineData("")]
    public void Read_NoWitnessFile_IsRefused(string text)
    {
        System.IO.File.WriteAllText(File, text);

        Assert.Null(WitnessLine.Read(File, out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void Read_TwoHashesOfOneNumber_IsRefusedWithTheLine()
    {
        System.IO.File.WriteAllText(File, $"{Line(5, 'a')}\n{Line(5, 'b')}\n");

        Assert.Null(WitnessLine.Read(File, out var problem));
        Assert.Contains(":2:", problem, StringComparison.Ordinal);
    }

    private static string Line(long sequence, char hash) => $"{{\"hash\":\"{new string(hash, 64)}\",\"seq\":{sequence}}}";

    private AuditVerification Verify(IReadOnlyDictionary<long, string> known)
    {
        using var verifier = new ChainVerifier(new ChainTrust { Keys = [_chain.Signer.Public], Known = known });
        return verifier.Verify([.. AuditReader.Segments(_chain.Directory).Select(ChainSegment.Of)]);
    }
}
