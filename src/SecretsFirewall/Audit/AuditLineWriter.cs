using System.Buffers;
using System.Globalization;
using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>A record's place in the chain.</summary>
/// <param name="Previous">The hash of the record before as 64 hex digits; zeros before the first.</param>
internal readonly record struct ChainLink(long Sequence, DateTimeOffset Timestamp, string Previous);

/// <summary>
/// Record → line. The hash is SHA-256 over the canonical JSON (RFC 8785) of the record without <c>hash</c>; the line is that same text with
/// <c>hash</c> at its place in the order and everything beyond visible ASCII escaped, so that a line shown raw cannot steer a terminal.
/// Reused under the log's lock; after the first records it allocates the hash's text alone.
/// </summary>
internal sealed class AuditLineWriter : IDisposable
{
    private const int FormatVersion = 1;

    private readonly CanonicalJsonWriter _json = new();
    private readonly List<KeyValuePair<string, long>> _timings = [];
    private readonly ArrayBufferWriter<byte> _line = new(4096);

    /// <summary>Writes the record; the line, with its line feed, is valid until the next call.</summary>
    public ReadOnlyMemory<byte> Write(AuditRecord record, in ChainLink link, out string hash)
    {
        _json.Clear();
        var hashAt = WriteMembers(record, link);
        hash = AuditChain.Hash(_json.Written);

        _line.ResetWrittenCount();
        AsciiJson.Append(_line, _json.Written[..hashAt]);
        _line.Write(",\"hash\":\""u8);
        System.Text.Encoding.ASCII.GetBytes(hash, _line.GetSpan(hash.Length));
        _line.Advance(hash.Length);
        _line.Write("\""u8);
        AsciiJson.Append(_line, _json.Written[hashAt..]);
        _line.Write("\n"u8);
        return _line.WrittenMemory;
    }

    public void Dispose() => _json.Dispose();

    // In the order of the names: that is what makes it canonical. Returns where "hash" belongs.
    private int WriteMembers(AuditRecord record, in ChainLink link)
    {
        _json.Open('{');
        Text("agent", record.Agent);
        WriteApproval(record.Approval);
        Text("blame", record.Blame?.Word());
        WriteBundle(record.Bundle);
        WriteBytes(record);
        WriteCheckpoint(record.Checkpoint);
        Text("class", record.Class);
        Text("code", record.Code);
        WriteCost(record.Cost);
        WriteDestination(record.Destination);
        Text("detail", record.Detail);
        Text("direction", record.Direction);
        Text("exchange", record.Exchange);
        WriteFindings(record.Findings);
        var hashAt = _json.Length;
        WriteKey(record.Key);
        Text("method", record.Method);
        WriteNote(record.Note);
        Text("observed", record.Observed);
        Text("outcome", record.Outcome);
        Text("path", record.Path);
        Text("prev", link.Previous);
        WriteRemoved(record.Removed);
        Text("rule", record.Rule);
        Number("seq", link.Sequence);
        Text("session", record.Session);
        Text("shadow", record.Shadow);
        Number("status", record.Status);
        WriteTimings(record.TimingsUs);
        Text("tool", record.Tool);
        WriteTools(record.Tools);
        Text("trace", record.Trace);
        Text("trust", record.Trust);
        WriteTimestamp(link.Timestamp);
        Text("type", record.Type);
        WriteUsage(record.Usage);
        Number("v", FormatVersion);
        Text("verdict", record.Verdict?.Word());
        _json.Close('}');
        return hashAt;
    }

    private void Text(string name, string? value)
    {
        if (value is not null)
        {
            _json.Name(name);
            _json.String(value);
        }
    }

    private void Number(string name, long? value)
    {
        if (value is { } number)
        {
            _json.Name(name);
            _json.Number(number);
        }
    }

    // Left out where it is not so.
    private void Flag(string name, bool value)
    {
        if (value)
        {
            _json.Name(name);
            _json.Literal("true"u8);
        }
    }

    private void WriteApproval(AuditApproval? approval)
    {
        if (approval is null)
        {
            return;
        }

        _json.Name("approval");
        _json.Open('{');
        Text("by", approval.By);
        Text("fingerprint", approval.Fingerprint);
        Text("id", approval.Id);
        Text("role", approval.Role);
        Text("trust", approval.Trust);
        _json.Close('}');
    }

    private void WriteBundle(AuditBundle? bundle)
    {
        if (bundle is null)
        {
            return;
        }

        _json.Name("bundle");
        _json.Open('{');
        Text("hash", bundle.Hash);
        Text("id", bundle.Id);
        Number("revision", bundle.Revision);
        _json.Close('}');
    }

    private void WriteBytes(AuditRecord record)
    {
        if (record.RequestBytes is null && record.ResponseBytes is null)
        {
            return;
        }

        _json.Name("bytes");
        _json.Open('{');
        Number("request", record.RequestBytes);
        Number("response", record.ResponseBytes);
        _json.Close('}');
    }

    private void WriteCheckpoint(AuditCheckpoint? checkpoint)
    {
        if (checkpoint is not null)
        {
            _json.Name("checkpoint");
            _json.Open('{');
            Number("count", checkpoint.Count);
            Text("hash", checkpoint.Hash);
            Text("key", checkpoint.Key);
            Number("seq", checkpoint.Sequence);
            Text("signature", checkpoint.Signature);
            _json.Close('}');
        }
    }

    private void WriteKey(AuditKey? key)
    {
        if (key is not null)
        {
            _json.Name("key");
            _json.Open('{');
            Text("by", key.By);
            Text("id", key.Id);
            Text("public", key.PublicKey);
            Text("signature", key.Signature);
            _json.Close('}');
        }
    }

    private void WriteNote(AuditNote? note)
    {
        if (note is null)
        {
            return;
        }

        _json.Name("note");
        _json.Open('{');
        Text("about", note.About);
        Text("by", note.By);
        Text("label", note.Label);
        Flag("removed", note.IsRemoved);
        Text("text", note.Text);
        _json.Close('}');
    }

    private void WriteRemoved(AuditRemoval? removed)
    {
        if (removed is not null)
        {
            _json.Name("removed");
            _json.Open('{');
            Number("first", removed.First);
            Text("hash", removed.Hash);
            Number("segments", removed.Segments);
            Number("through", removed.Through);
            Text("why", removed.Why);
            _json.Close('}');
        }
    }

    private void WriteCost(AuditCost? cost)
    {
        if (cost is null)
        {
            return;
        }

        _json.Name("cost");
        _json.Open('{');
        Text("amount", cost.Amount);
        Text("currency", cost.Currency);
        Flag("unpriced", cost.Amount is null);
        _json.Close('}');
    }

    private void WriteUsage(AuditUsage? usage)
    {
        if (usage is null)
        {
            return;
        }

        _json.Name("usage");
        _json.Open('{');
        Text("asked", usage.Asked);
        Number("cache_read", usage.Tokens.CacheRead);
        Number("cache_write", usage.Tokens.CacheWrite);
        Flag("estimated", usage.IsEstimated);
        Number("input", usage.Tokens.Input);
        Text("model", usage.Model);
        Number("output", usage.Tokens.Output);
        Text("provider", usage.Provider);
        Number("reasoning", usage.Tokens.Reasoning);
        Flag("suspect", usage.IsSuspect);
        _json.Close('}');
    }

    private void WriteDestination(Destination? destination)
    {
        if (destination is not null)
        {
            Text("destination", $"{destination.Scheme}://{destination.HostAndPort}");
        }
    }

    // Always there, if only as []: the hash's place is behind it.
    private void WriteFindings(IReadOnlyList<AuditFinding> findings)
    {
        _json.Name("findings");
        _json.Open('[');
        foreach (var finding in findings)
        {
            _json.Open('{');
            Text("action", finding.Action.Word());
            Text("carrier", finding.Carrier.Word());
            Number("count", finding.Count);
            Text("fingerprint", finding.Fingerprint);
            Text("location", finding.Location);
            Text("name", finding.Name);
            Text("rule", finding.Rule);
            _json.Close('}');
        }

        _json.Close(']');
    }

    private void WriteTools(IReadOnlyList<AuditTool> tools)
    {
        if (tools.Count == 0)
        {
            return;
        }

        _json.Name("tools");
        _json.Open('[');
        foreach (var tool in tools)
        {
            _json.Open('{');
            Text("class", tool.Class);
            Number("count", tool.Count);
            Text("name", tool.Name);
            Text("observed", tool.Observed);
            Text("outcome", tool.Outcome);
            Text("rule", tool.Rule);
            Text("shadow", tool.Shadow);
            _json.Close('}');
        }

        _json.Close(']');
    }

    private void WriteTimings(IReadOnlyDictionary<string, long> timings)
    {
        if (timings.Count == 0)
        {
            return;
        }

        _timings.Clear();
        _timings.AddRange(timings);
        _timings.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        _json.Name("timings_us");
        _json.Open('{');
        foreach (var (stage, microseconds) in _timings)
        {
            Number(stage, microseconds);
        }

        _json.Close('}');
    }

    private void WriteTimestamp(DateTimeOffset timestamp)
    {
        Span<byte> text = stackalloc byte[32];
        timestamp.UtcDateTime.TryFormat(text, out var written, AuditCheckpoint.TimestampFormat, CultureInfo.InvariantCulture);
        _json.Name("ts");
        _json.Ascii(text[..written]);
    }
}
