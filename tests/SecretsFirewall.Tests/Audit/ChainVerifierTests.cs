using System.Text.Json.Nodes;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Tests.Audit;

/// <summary>Each way to tamper with a log has its own reason, and its place.</summary>
public sealed class ChainVerifierTests : IDisposable
{
    private readonly SignedChain _chain = new();

    public void Dispose() => _chain.Dispose();

    [Fact]
    public void Verify_LogAsItWasWritten_HoldsAndIsSignedToItsEnd()
    {
        var verification = _chain.Write(95).Verify();

        Assert.Null(verification.Break);
        Assert.True(verification.IsSigned);
        Assert.Equal((1, 0, verification.Records), (verification.FirstSequence, verification.Unsigned, verification.SignedThrough));
        Assert.True(verification.Checkpoints >= 10);
    }

    [Fact]
    public void Verify_TextBeyondAscii_Holds()
    {
        _chain.Write(30);
        Assert.Contains(_chain.Lines, static line => line.Contains("\\u00e9", StringComparison.Ordinal) && line.Contains("\\u007f", StringComparison.Ordinal));
        Assert.True(_chain.Verify().IsWhole);
    }

    [Theory]
    [InlineData("\\u00e9", "\\u00E9")]
    [InlineData("\"seq\":", "\"seq\": ")]
    [InlineData("builder", "builde\\u0072")]
    [InlineData("/v1/", "\\/v1\\/")]
    public void Verify_RecordSpeltOtherwise_IsEdited(string from, string to)
    {
        var lines = _chain.Write(30).Lines;
        var at = lines.FindIndex(line => line.Contains(from, StringComparison.Ordinal));
        lines[at] = lines[at].Replace(from, to, StringComparison.Ordinal);
        _chain.Replace(lines);

        Assert.Equal((AuditBreakReason.Edited, at + 1), (_chain.Verify().Break!.Reason, _chain.Verify().Break!.Line));
    }

    [Fact]
    public void Verify_RecordEdited_SaysWhere() => AssertBreak(AuditBreakReason.Edited, 20, lines => lines[20] = lines[20].Replace("builder", "bui1der", StringComparison.Ordinal));

    [Fact]
    public void Verify_RecordEditedWithItsHashMadeAnew_IsEdited() =>
        AssertBreak(AuditBreakReason.Edited, 21, lines => lines[20] = SignedChain.Rehash(Changed(lines[20]), out _));

    [Fact]
    public void Verify_RecordEditedAndAllHashesMadeAnew_ContradictsTheNextCheckpoint()
    {
        AssertReason(AuditBreakReason.WrongCheckpoint, lines =>
        {
            lines[20] = Changed(lines[20]).ToJsonString();
            return SignedChain.Relink(lines, 20);
        });
    }

    [Fact]
    public void Verify_RecordDeleted_IsDeleted() => AssertBreak(AuditBreakReason.Deleted, 20, static lines => lines.RemoveAt(20));

    [Fact]
    public void Verify_RecordDeletedAndTheRestRenumbered_ContradictsTheNextCheckpoint() => AssertReason(AuditBreakReason.WrongCheckpoint, static lines =>
    {
        lines.RemoveAt(20);
        return SignedChain.Relink(lines, 20);
    });

    [Fact]
    public void Verify_TwoRecordsChangedPlaces_IsReordered() => AssertBreak(AuditBreakReason.Reordered, 20, static lines => (lines[20], lines[21]) = (lines[21], lines[20]));

    [Fact]
    public void Verify_RecordMovedForward_IsReordered() => AssertBreak(AuditBreakReason.Reordered, 10, static lines =>
    {
        lines.Insert(10, lines[50]);
        lines.RemoveAt(51);
    });

    [Fact]
    public void Verify_RecordDoubled_IsDuplicated() => AssertBreak(AuditBreakReason.Duplicated, 21, static lines => lines.Insert(21, lines[20]));

    [Fact]
    public void Verify_OldRecordsPlayedAgain_IsDuplicated() => AssertBreak(AuditBreakReason.Duplicated, 50, static lines => lines.InsertRange(50, lines[10..15]));

    [Fact]
    public void Verify_RecordPutIn_IsInserted() => AssertBreak(AuditBreakReason.Inserted, 21, static lines =>
    {
        var forged = JsonNode.Parse(lines[20])!.AsObject();
        forged["agent"] = "mallory";
        lines.Insert(21, SignedChain.Rehash(forged, out _));
    });

    [Fact]
    public void Verify_RecordPutInWithTheRightLink_IsInserted() => AssertBreak(AuditBreakReason.Inserted, 22, static lines =>
    {
        var forged = JsonNode.Parse(lines[20])!.AsObject();
        (forged["seq"], forged["prev"]) = ((long)forged["seq"]! + 1, (string)JsonNode.Parse(lines[20])!["hash"]!);
        lines.Insert(21, SignedChain.Rehash(forged, out _));
    });

    [Fact]
    public void Verify_EndCutOff_IsTruncated() => AssertReason(AuditBreakReason.Truncated, static lines => lines[..53]);

    [Fact]
    public void Verify_EndCutOffAtACheckpoint_IsRolledBack() => AssertReason(
        AuditBreakReason.RolledBack, static lines => lines[..(lines.FindLastIndex(lines.Count - 2, static line => line.Contains("\"type\":\"checkpoint\"", StringComparison.Ordinal)) + 1)]);

    [Fact]
    public void Verify_OlderCopyThatWasWrittenOn_IsRewritten()
    {
        _chain.Write(30);
        var copy = _chain.Lines;
        _chain.Write(30);
        var mark = _chain.Mark!;
        _chain.Replace(copy);
        using (var log = _chain.Open())
        {
            Enumerable.Range(100, 60).ToList().ForEach(i => log.TryAppend(SignedChain.Intent(i)));
        }

        using var verifier = new ChainVerifier(new ChainTrust { Keys = [_chain.Signer.Public], Known = new Dictionary<long, string> { [mark.Sequence] = mark.Hash } });
        var verification = verifier.Verify([.. AuditReader.Segments(_chain.Directory).Select(ChainSegment.Of)]);

        Assert.Equal((AuditBreakReason.Rewritten, mark.Sequence - 1), (verification.Break!.Reason, verification.LastSequence));
    }

    [Fact]
    public void Verify_LogGone_IsTruncated()
    {
        _chain.Write(30);
        Directory.Delete(_chain.Directory, recursive: true);

        Assert.Equal(AuditBreakReason.Truncated, _chain.Verify().Break!.Reason);
    }

    [Fact]
    public void Verify_FirstSegmentsGone_IsMissingStart()
    {
        _chain.Write(95);
        File.Delete(AuditSegments.Path(_chain.Directory, 1));

        Assert.Equal(AuditBreakReason.MissingStart, _chain.Verify().Break!.Reason);
    }

    [Fact]
    public void Verify_MiddleSegmentGone_IsDeleted()
    {
        _chain.Write(95);
        File.Delete(AuditSegments.Path(_chain.Directory, 2));

        Assert.Equal(("audit-000003.ndjson", 1, AuditBreakReason.Deleted), _chain.Verify().Break is { } at ? (at.Segment, at.Line, at.Reason) : default);
    }

    [Fact]
    public void Verify_SegmentsChangedPlaces_IsReordered()
    {
        _chain.Write(95);
        var (two, three) = (AuditSegments.Path(_chain.Directory, 2), AuditSegments.Path(_chain.Directory, 3));
        File.Move(two, two + ".aside");
        File.Move(three, two);
        File.Move(two + ".aside", three);

        Assert.Equal(AuditBreakReason.Reordered, _chain.Verify().Break!.Reason);
    }

    [Fact]
    public void Verify_LastLineTorn_IsUnfinished()
    {
        _chain.Write(20);
        File.AppendAllText(AuditReader.Segments(_chain.Directory).Last(), "{\"half\":");

        Assert.Equal(AuditBreakReason.Unfinished, _chain.Verify().Break!.Reason);
    }

    [Fact]
    public void Verify_SignatureOfACheckpointChanged_IsABadSignature() => AssertReason(AuditBreakReason.BadSignature, static lines =>
    {
        var at = lines.FindIndex(20, static line => line.Contains("\"type\":\"checkpoint\"", StringComparison.Ordinal));
        var other = JsonNode.Parse(lines[lines.FindIndex(static line => line.Contains("\"type\":\"checkpoint\"", StringComparison.Ordinal))])!;
        var record = JsonNode.Parse(lines[at])!.AsObject();
        record["checkpoint"]!["signature"] = (string)other["checkpoint"]!["signature"]!;
        lines[at] = record.ToJsonString();
        return SignedChain.Relink(lines, at);
    });

    [Theory]
    [InlineData("detail", "\"approved\"")]
    [InlineData("agent", "\"builder\"")]
    public void Verify_SomethingAddedToTheLastCheckpoint_IsAWrongCheckpoint(string member, string value)
    {
        _chain.Write(20);
        var lines = _chain.Lines;
        var last = JsonNode.Parse(lines[^1])!.AsObject();
        last[member] = JsonNode.Parse(value);
        lines[^1] = SignedChain.Rehash(last, out _);
        _chain.Replace(lines);

        Assert.Equal(AuditBreakReason.WrongCheckpoint, _chain.Verify(withMark: false).Break!.Reason);
    }

    [Fact]
    public void Verify_TimeOfTheLastCheckpointChanged_IsABadSignature()
    {
        _chain.Write(20);
        var lines = _chain.Lines;
        var last = JsonNode.Parse(lines[^1])!.AsObject();
        last["ts"] = "2025-01-01T00:00:00.000000Z";
        lines[^1] = SignedChain.Rehash(last, out _);
        _chain.Replace(lines);

        Assert.Equal(AuditBreakReason.BadSignature, _chain.Verify(withMark: false).Break!.Reason);
    }

    [Fact]
    public void Verify_AllCheckpointsTakenOut_IsUnsigned()
    {
        var lines = _chain.Write(40).Lines;
        _chain.Replace(SignedChain.Relink([.. lines.Where(static line => !line.Contains("\"type\":\"checkpoint\"", StringComparison.Ordinal))], 0));

        Assert.Equal(AuditBreakReason.Unsigned, _chain.Verify(withMark: false).Break!.Reason);
    }

    [Fact]
    public void Verify_WrittenAnewUnderAnotherKey_IsUnsigned()
    {
        using var other = new SignedChain();
        other.Write(40);

        Assert.Equal(AuditBreakReason.Unsigned, other.Verify(keys: [_chain.Signer.Public]).Break!.Reason);
    }

    [Fact]
    public void Verify_WrittenOnUnderAKeyThatNobodyVouchesFor_IsAnUnknownKey()
    {
        var trusted = _chain.Write(40).Signer.Public;
        using var before = _chain.Signer;
        _chain.Signer = SignedChain.NewSigner();
        _chain.Write(40);

        Assert.Equal(AuditBreakReason.UnknownKey, _chain.Verify(keys: [trusted]).Break!.Reason);
    }

    [Fact]
    public void Verify_KeyRotated_AnyOneOfTheKeysVerifiesTheWhole()
    {
        var keys = new List<CheckpointKey> { _chain.Signer.Public };
        using var second = SignedChain.NewSigner();
        using var third = SignedChain.NewSigner();
        using (var log = _chain.Open())
        {
            foreach (var signer in (CheckpointSigner[])[second, third])
            {
                Enumerable.Range(0, 15).ToList().ForEach(i => log.TryAppend(SignedChain.Intent(i)));
                Assert.True(log.TryRotate(signer));
                keys.Add(signer.Public);
            }

            Enumerable.Range(0, 15).ToList().ForEach(i => log.TryAppend(SignedChain.Intent(i)));
        }

        Assert.All(keys, key => Assert.True(_chain.Verify(keys: [key]) is { IsWhole: true, Unsigned: 0 } v, $"{_chain.Verify(keys: [key]).Break}"));
    }

    [Fact]
    public void Verify_ForgedWordOfTheKeyBefore_IsABadSignature()
    {
        using var mallory = SignedChain.NewSigner();
        var trusted = _chain.Write(20).Signer.Public;
        var key = new AuditKey(mallory.Public.Id, Convert.ToBase64String(mallory.Public.PublicKey), trusted.Id, mallory.Sign(AuditKey.Text(trusted.Id, mallory.Public.Id)));
        using (var log = _chain.Open(signed: false))
        {
            Assert.True(log.TryAppend(new AuditRecord { Type = AuditTypes.Key, Key = key }));
        }

        Assert.Equal(AuditBreakReason.BadSignature, _chain.Verify(withMark: false, keys: [trusted]).Break!.Reason);
    }

    [Fact]
    public void Verify_WithoutKeys_ChecksTheChainAndVouchesForNothing()
    {
        var verification = _chain.Write(40).Verify(keys: []);

        Assert.Equal((true, false, 0L), (verification.IsWhole, verification.IsSigned, verification.SignedThrough));
    }

    private static JsonObject Changed(string line)
    {
        var record = JsonNode.Parse(line)!.AsObject();
        record["agent"] = "mallory";
        return record;
    }

    // The line is counted in the one segment that is left, from 0.
    private void AssertBreak(AuditBreakReason reason, int line, Action<List<string>> tamper)
    {
        var lines = _chain.Write(95).Lines;
        tamper(lines);
        _chain.Replace(lines);

        var at = _chain.Verify().Break;

        Assert.Equal((reason, line + 1, lines.Take(line).Sum(static one => one.Length + 1L)), at is null ? default : (at.Reason, at.Line, at.Offset));
    }

    private void AssertReason(AuditBreakReason reason, Func<List<string>, List<string>> tamper)
    {
        _chain.Replace(tamper(_chain.Write(95).Lines));

        Assert.Equal(reason, _chain.Verify().Break?.Reason);
    }
}
