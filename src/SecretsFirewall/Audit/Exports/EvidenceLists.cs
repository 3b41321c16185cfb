using System.Text;

namespace SecretsFirewall.Audit.Exports;

/// <summary>What an export lists beside the records: its checkpoints, its decisions with why, who allowed what, and which policies decided. Kept in files while it is made.</summary>
internal sealed class EvidenceLists : IDisposable
{
    private readonly FileStream _checkpoints = Temporary();
    private readonly FileStream _decisions = Temporary();
    private readonly FileStream _approvals = Temporary();
    private readonly CanonicalJsonWriter _scratch = new();
    private readonly CanonicalJsonWriter _json = new();
    private readonly Dictionary<string, AuditBundle> _policies = new(StringComparer.Ordinal);
    private bool _isFirst = true;

    /// <summary>What the first record continues.</summary>
    public string Before { get; private set; } = AuditChain.Start;

    public void See(ChainLine line)
    {
        if (_isFirst)
        {
            Before = Encoding.ASCII.GetString(line.Previous.Span);
            _isFirst = false;
        }

        if (line.Type.Span.SequenceEqual("checkpoint"u8))
        {
            Copy(line, _checkpoints);
        }
        else if (AuditEntry.Read(line.Line, _scratch, out var entry) == AuditBreakReason.None)
        {
            if (entry!.Record.Bundle is { } bundle)
            {
                _policies.TryAdd(bundle.Hash, bundle);
            }

            if (entry.Record.Approval is not null)
            {
                Copy(line, _approvals);
            }

            if (entry.Record.Verdict is not null)
            {
                WriteDecision(entry);
            }
        }
    }

    public IEnumerable<EvidencePart> Parts() => [new EvidencePart(EvidencePaths.Checkpoints, _checkpoints), new EvidencePart(EvidencePaths.Decisions, _decisions), new EvidencePart(EvidencePaths.Approvals, _approvals)];

    /// <summary>Adds what is kept of them to the parts.</summary>
    public IReadOnlyList<EvidencePolicy> Policies(string folder, List<EvidencePart> parts)
    {
        var listed = new List<EvidencePolicy>();
        foreach (var policy in _policies.Values.OrderBy(static one => one.Hash, StringComparer.Ordinal))
        {
            var name = policy.Hash.Replace("sha256:", "", StringComparison.Ordinal);
            var kept = Path.Combine(folder, name);
            var isKept = name.Length == 64 && name.All(char.IsAsciiHexDigitLower) && Directory.Exists(kept);
            listed.Add(new EvidencePolicy(policy.Hash, policy.Id, policy.Revision, isKept ? EvidencePaths.Policies + name : null));
            foreach (var file in isKept ? Directory.EnumerateFiles(kept, "*", SearchOption.AllDirectories) : [])
            {
                parts.Add(new EvidencePart($"{EvidencePaths.Policies}{name}/{Path.GetRelativePath(kept, file).Replace('\\', '/')}", File.OpenRead(file)));
            }
        }

        return listed;
    }

    public void Dispose()
    {
        _checkpoints.Dispose();
        _decisions.Dispose();
        _approvals.Dispose();
        _scratch.Dispose();
        _json.Dispose();
    }

    private static void Copy(ChainLine line, FileStream list)
    {
        list.Write(line.Line.Span);
        list.WriteByte((byte)'\n');
    }

    // In the order of the names.
    private void WriteDecision(AuditEntry entry)
    {
        var record = entry.Record;
        _json.Clear();
        _json.Open('{');
        Text("agent", record.Agent);
        Text("bundle", record.Bundle?.Hash);
        Text("class", record.Class);
        Text("code", record.Code);
        Text("destination", record.Destination is { } to ? $"{to.Scheme}://{to.HostAndPort}" : null);
        Text("detail", record.Detail);
        Text("exchange", record.Exchange);
        Text("method", record.Method);
        Text("observed", record.Observed);
        Text("outcome", record.Outcome);
        Text("path", record.Path);
        Text("rule", record.Rule);
        _json.Name("seq");
        _json.Number(entry.Sequence);
        Text("session", record.Session);
        Text("shadow", record.Shadow);
        Text("trust", record.Trust);
        Text("type", record.Type);
        Text("verdict", record.Verdict?.Word());
        _json.Close('}');
        _decisions.Write(_json.Written);
        _decisions.WriteByte((byte)'\n');
    }

    private void Text(string name, string? value)
    {
        if (value is not null)
        {
            _json.Name(name);
            _json.String(value);
        }
    }

    private static FileStream Temporary()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), options);
    }
}
